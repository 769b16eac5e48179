"""axe-core finds nothing in the colours and at the widths that `test_views` leaves out."""

from pathlib import Path

import pytest

from tests.review.conftest import Serve, SitDown
from tests.review.seen import NARROW, WIDE, faults_of_views


@pytest.mark.slow
def test_no_view_keeps_anything_from_those_who_cannot_see(
    voiced: Path, serve: Serve, sit_down: SitDown
) -> None:
    page = sit_down(serve(voiced), viewport=WIDE, color_scheme="light")
    assert faults_of_views(page) == {}
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_viewport_size(NARROW)
        assert faults_of_views(page) == {}
