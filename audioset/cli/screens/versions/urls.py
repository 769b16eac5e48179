"""What `audioset urls` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.version_urls import VersionUrls


def show_urls(found: "VersionUrls", *, as_json: bool) -> None:
    """Show the addresses, and say when more than the version lies there."""
    if as_json:
        write_json(found)
    else:
        for url in found.urls:
            write_line(url)
    if found.num_other_clips:
        say(
            f"these shards also hold {count(found.num_other_clips, 'clip')} that {found.ref} "
            f"does not name; audioset export webdataset {found.ref} DIR gives tars without "
            "them, and so do the shards of a version after audioset publish --compact"
        )
