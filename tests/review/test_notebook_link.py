"""The link to a review in a notebook: it opens the page, and gives away no token that lives on."""

from pathlib import Path

from tests.notebooks import shown
from tests.workspaces import make_workspace


def test_the_link_opens_the_page_unless_its_token_outlives_the_review(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "work", sources=1, clips_per_source=2)
    with ws.review(open=False) as served:
        assert shown(served).links == [served.url]
        assert ".stop() of this value ends the review" in shown(served).text
    kept = tmp_path / "token.txt"
    kept.write_text("kept-for-many-evenings")
    with ws.review(open=False, token_file=kept) as served:
        assert "kept-for-many-evenings" in served.url
        (link,) = shown(served).links
        assert served.url.startswith(link)
        assert "kept-for-many-evenings" not in served._repr_html_()
        assert "it asks for the token of your file" in shown(served).text
