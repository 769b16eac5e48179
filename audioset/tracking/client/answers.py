"""What MLflow and the libraries below it say, in one line of the user's words."""

import re

from audioset.errors import MAX_REASON
from audioset.hiding import hide

_CHECK = "check `tracking` (AUDIOSET_TRACKING or MLFLOW_TRACKING_URI) and the network"
_NETWORK_REASON = re.compile(r"\[Errno -?\d+\] ([^'\")]+)")
_STATUS = re.compile(r"error code (\d{3})|too many (\d{3}) error")
_STATUSES = {
    "301": "another page answers there; check the address",
    "302": "another page answers there (to log in?); check the address",
    "307": "another page answers there; check the address",
    "401": "access refused; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or "
    "MLFLOW_TRACKING_TOKEN",
    "403": "access refused; check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and "
    "what they may do",
    "404": "there is no MLflow at this address; check its path",
    "429": "it is busy; try again later",
    "500": "it has a fault; look at what its server says",
    "502": "a proxy answers, but not the server behind it; try again later",
    "503": "it is busy or being started; try again later",
    "504": "a proxy answers, but not the server behind it; try again later",
}
# What is said -> what it means; the first that is found.
_MEANINGS = (
    ("database or disk is full", "the disk that holds it is full; make room there"),
    ("database is locked", "another program is writing to it for long; try again when that ends"),
    ("file is not a database", "the file is no SQLite database; name another"),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "its certificate is not trusted; let MLFLOW_TRACKING_SERVER_CERT_PATH name the "
        "certificate of the authority that signed it",
    ),
    ("WRONG_VERSION_NUMBER", "it speaks no TLS; write its address with http://"),
    (
        "not in a valid JSON format",
        "what answers there is not MLflow (a page to log in?); check the address",
    ),
)
_SILENT = ("Max retries exceeded", "Read timed out", "timeout expired", "connection failed")


def explain(error: BaseException) -> str:
    """Give what MLflow says in one line of bearable length, without secrets."""
    text = hide(" ".join(str(error).split())) or type(error).__name__
    for said, meaning in _MEANINGS:
        if said in text:
            return meaning
    # A refusal that MLflow gives in its own words says more than its number.
    if (found := _STATUS.search(text)) and (number := found[1] or found[2]) in _STATUSES:
        return f"{_STATUSES[number]} ({number})"
    if any(said in text for said in _SILENT):
        return f"it does not answer ({_reason(text)}); {_CHECK}"
    return text if len(text) <= MAX_REASON else f"{text[:MAX_REASON]}…"


def _reason(text: str) -> str:
    if found := _NETWORK_REASON.search(text):
        return found[1]
    if "timed out" in text or "timeout" in text:
        return "it was waited for in vain"
    known = re.search(r"Connection refused|[Cc]onnection reset|No route to host|closed", text)
    return known[0] if known else text[:MAX_REASON]
