// Audio lies in the page once, however many rules found the clip; a player gets it when it is near.
const clips = JSON.parse(document.getElementById("audio").textContent);
const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting && !target.src) target.src = `data:${target.dataset.type};base64,` + clips[target.dataset.clip];
  }
}, { rootMargin: "400px" });
for (const player of document.querySelectorAll("audio")) {
  near.observe(player);
  player.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== player) other.pause();
  });
}
