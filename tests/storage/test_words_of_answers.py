"""What a library says of a call becomes one of our errors, in one line of the user's words."""

import pytest
from obstore.exceptions import AlreadyExistsError as ObjectExistsError
from obstore.exceptions import (
    GenericError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from audioset.errors import (
    AlreadyExistsError,
    AudiosetError,
    ConflictError,
    NotFoundError,
    StorageError,
)
from audioset.storage.answers import first_line, lacks_reason, translated

WHERE = "s3://bucket/a"
TAKEN = "exists and never changes"
FULL = "No space left on device"
REFUSED = "access refused; check the credentials in the environment"
BUSY = "the server is busy; try again later"
REGION = "the bucket lies in another region; set AWS_REGION to it"
NO_BUCKET = "there is no such bucket; make it first, or correct the store's URL"
SILENT = "the server does not answer; check the endpoint and the network"
NO_STORE = "what answers there is no store (a page to log in?); check the endpoint and the network"
ELSEWHERE = "{} is being written by somebody else at this moment (409 {}); try again"


def answer(status: int, code: str = "", message: str = "x") -> str:
    """What the library says of an answer of a server, as it says it."""
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>" if code else ""
    return (
        f"Generic S3 error: Error performing GET http://127.0.0.1/bucket/a in 1.5ms, after 2 "
        f"retries - Server returned non-2xx status code: {status} Some Words: {body}\n\n"
        f'Debug source:\nGeneric {{\n    status code: 599, code: "Inner" }}'
    )


def translation(error: Exception, where: str = WHERE) -> AudiosetError:
    with pytest.raises(AudiosetError) as told, translated(where):
        raise error
    assert told.value.__cause__ is error
    assert type(told.value) in (StorageError, ConflictError, NotFoundError, AlreadyExistsError)
    return told.value


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (FileNotFoundError(answer(404, "NoSuchKey")), NotFoundError, f"{WHERE} does not exist"),
        (FileNotFoundError(2, "No such file"), NotFoundError, f"{WHERE} does not exist"),
        (
            FileNotFoundError(answer(404, "NoSuchBucket")),
            StorageError,
            f"{WHERE}: {NO_BUCKET} (404 NoSuchBucket)",
        ),
        (
            FileNotFoundError(answer(404, "ContainerNotFound")),
            StorageError,
            f"{WHERE}: {NO_BUCKET} (404 ContainerNotFound)",
        ),
        (
            GenericError(answer(409, "OperationAborted")),
            ConflictError,
            ELSEWHERE.format(WHERE, "OperationAborted"),
        ),
        (GenericError(answer(409)), ConflictError, ELSEWHERE.format(WHERE, "Conflict")),
        (
            ObjectExistsError(answer(409, "ConditionalRequestConflict")),
            ConflictError,
            ELSEWHERE.format(WHERE, "ConditionalRequestConflict"),
        ),
        *(
            (ObjectExistsError(answer(409, code)), AlreadyExistsError, f"{WHERE} {TAKEN}")
            for code in ("BlobAlreadyExists", "ContainerAlreadyExists", "PreconditionFailed")
        ),
        (
            ObjectExistsError("Object at location a already exists"),
            AlreadyExistsError,
            f"{WHERE} {TAKEN}",
        ),
        (
            PreconditionError(answer(412, "PreconditionFailed")),
            AlreadyExistsError,
            f"{WHERE} {TAKEN}",
        ),
        (OSError(28, FULL), StorageError, f"{WHERE}: [Errno 28] {FULL}"),
        (ValueError(" what\nmore"), StorageError, f"{WHERE}: what"),
        (ValueError(), StorageError, f"{WHERE}: ValueError"),
    ],
)  # fmt: skip
def test_each_kind_of_failure_has_its_error(
    error: Exception, kind: type[AudiosetError], told: str
) -> None:
    found = translation(error)
    assert (type(found), str(found)) == (kind, told)


@pytest.mark.parametrize("where", ["az://box/a", "abfs://box/a", "abfss://box/a"])
def test_azure_says_409_of_a_name_that_is_taken(where: str) -> None:
    taken = translation(ObjectExistsError(answer(409)), where)
    assert (type(taken), str(taken)) == (AlreadyExistsError, f"{where} {TAKEN}")
    other = translation(GenericError(answer(409, "Leased")), where)
    assert type(other) is StorageError
    assert "(409 Leased)" in str(other)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (answer(403), f"{REFUSED} (403)"),
        (answer(401, "Unheard"), f"{REFUSED} (401 Unheard)"),
        (
            answer(403, "AccessDenied"),
            f"{REFUSED}, and what they may do at this address (403 AccessDenied)",
        ),
        (answer(503, "SlowDown"), f"{BUSY} (503 SlowDown)"),
        (answer(429), f"{BUSY} (429)"),
        (answer(301, "PermanentRedirect"), f"{REGION} (301 PermanentRedirect)"),
        (answer(301), f"{REGION} (301)"),
        (
            answer(400, "AuthorizationHeaderMalformed", "expecting 'eu-west-1'"),
            f"{REGION}: eu-west-1 (400 AuthorizationHeaderMalformed)",
        ),
        (
            answer(301, "PermanentRedirect", "x</Message><Region>us-west-2</Region><Message>"),
            f"{REGION}: us-west-2 (301 PermanentRedirect)",
        ),
        (answer(503, "SlowDown", "expecting 'eu-west-1'"), f"{BUSY} (503 SlowDown)"),
        (
            answer(400, "KMS.DisabledException"),
            "the key that encrypts the bucket (KMS) cannot be used; ask its owner to allow it "
            "(400 KMS.DisabledException)",
        ),
        ("the client broke off, error code: \"ExpiredToken\"",
         "the credentials have expired; log in again, or renew AWS_SESSION_TOKEN"),
        ("Generic error: error sending request for url\nmore", SILENT),
        ("error sending request: x\n\nDebug source: status code: 503", SILENT),
        (
            'error sending request, source: hyper { error: "connection refused" }',
            f"{SILENT} (connection refused)",
        ),
        (
            'dns error and error sending request { message: "no such name" }',
            "there is no machine of that name; check the endpoint and the network (no such name)",
        ),
        ("error sending request /latest/api/token",
         "no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"),
        ("Received redirect without LOCATION", REGION),
        ("received corrupt message InvalidContentType",
         "the server speaks no TLS; write the endpoint with http://"),
        ("invalid peer InvalidCertificate(UnknownIssuer)",
         "the certificate of the server is not trusted; check the endpoint, or let SSL_CERT_FILE "
         "name the authority that signed it"),
        ("Error in response body error", "the connection broke off; try again"),
        *((said, NO_STORE) for said in (
            "Unable to extract metadata from headers", "Received non-partial response",
            "Got invalid list response")),
        ("Something of which nobody has heard \nDebug", "Something of which nobody has heard"),
    ],
)  # fmt: skip
def test_what_the_server_says_is_said_in_plain_words(said: str, told: str) -> None:
    found = translation(GenericError(said))
    assert (type(found), str(found)) == (StorageError, f"{WHERE}: {told}")


def test_an_answer_that_nobody_knows_is_given_as_it_stands() -> None:
    told = str(translation(GenericError(answer(418, "Teapot"))))
    assert told.startswith(f"{WHERE}: Generic S3 error: Error performing GET http://127.0.0.1/")
    assert told.endswith("status code: 418 Some Words: <Error><Code>Teapot</Code><Message>x"
                         "</Message></Error> (418 Teapot)")  # fmt: skip


@pytest.mark.parametrize("kind", [PermissionDeniedError, UnauthenticatedError])
def test_a_refusal_without_a_status_is_one(kind: type[Exception]) -> None:
    assert str(translation(kind("The operation lacked the necessary privileges"))) == (
        f"{WHERE}: {REFUSED}"
    )


@pytest.mark.parametrize("error", [NotFoundError("ours"), KeyError("of another kind")])
def test_our_own_errors_and_faults_in_the_code_pass_as_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as told, translated(WHERE):
        raise error
    assert told.value is error
    assert error.__cause__ is None


def test_secrets_stand_in_no_message() -> None:
    secret = "https://bucket/a?X-Amz-Signature=0123456789abcdef0123"
    for said in (f"cannot open {secret}", f'error sending request {{ message: "{secret}" }}'):
        error = GenericError(said)
        assert "0123456789abcdef" not in f"{translation(error)} {error}"
    assert "0123456789abcdef" not in first_line(GenericError(secret))


def test_only_what_a_head_request_leaves_out_is_asked_for_again() -> None:
    for status in (301, 400, 403):
        assert lacks_reason(GenericError(answer(status).partition("Debug")[0]))
    for error in (
        None,
        GenericError("error sending request"),
        GenericError(answer(404).partition("Debug")[0]),
        GenericError(answer(500).partition("Debug")[0]),
        GenericError(answer(403, "AccessDenied")),
    ):
        assert not lacks_reason(error)


def test_the_first_line_is_what_people_read() -> None:
    assert first_line(GenericError("\n  first of all \r\nsecond")) == "first of all"
    assert first_line(KeyboardInterrupt()) == "KeyboardInterrupt"
