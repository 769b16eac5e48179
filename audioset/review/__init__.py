"""Floor 6a: the web page on which people go through clips: its server, and the page in `static/`.

The only place that imports Starlette and uvicorn. It calls `audioset.api` alone.
"""
