"""Which light client can speak for MLflow at an address, if any."""

import os
from typing import TYPE_CHECKING, TypeAlias

from audioset.tracking.light.databases import open_database
from audioset.tracking.light.entities import CannotAnswerError
from audioset.tracking.light.sql import SqlClient

if TYPE_CHECKING:
    from audioset.tracking.light.rest import RestClient

_REGISTRY = "MLFLOW_REGISTRY_URI"  # where MLflow has models apart from runs; set by it too
_FIRST_QUESTION = "experiments/get-by-name?experiment_name=Default"

LightClient: TypeAlias = "SqlClient | RestClient"


def open_light(uri: str) -> LightClient:
    """Open a light client, which has answered once.

    Args:
        uri: of MLflow.

    Raises:
        CannotAnswerError: none can speak for MLflow there, or it does not answer.
    """
    if os.environ.get(_REGISTRY, uri) != uri:
        raise CannotAnswerError("models are kept somewhere else")
    if not uri.startswith(("http://", "https://")):
        return SqlClient(uri, open_database(uri))
    # Late: what speaks HTTP takes longer to load than a question to a file takes.
    from audioset.tracking.light.rest import RestClient
    from audioset.tracking.light.server import ask_server, is_plain_server

    if not is_plain_server():
        raise CannotAnswerError("only MLflow knows how to be let in")
    try:
        ask_server(uri.rstrip("/"), _FIRST_QUESTION)
    except (OSError, ValueError) as error:
        raise CannotAnswerError(str(error)) from error
    return RestClient(uri)
