"""No secret stays in a text, an error or a command, and what is none stays as it is."""

import traceback

import pytest

from audioset.errors import InvalidInputError
from audioset.hiding import give_again, hide, hide_in_error, hide_in_words, require_address

S = "hunter2-Zx9"  # the secret, where any will do
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"

# What is hidden wherever it stands in a text, and what the text then is.
TEXTS = {
    f"postgresql+psycopg://ada:{S}@db.example/x": "postgresql+psycopg://ada:***@db.example/x",
    f"postgresql://ada:p@{S}@db/x": "postgresql://ada:***@db/x",
    f"postgresql://ada:p/{S}@db/x": "postgresql://ada:***@db/x",
    f"postgresql://ada:p#{S}@db/x": "postgresql://ada:***@db/x",
    f"postgresql://ada:p?{S}@db/x": "postgresql://ada:***@db/x",
    f"postgresql://ada:12/{S}@db/x": "postgresql://ada:***@db/x",
    f"postgresql://ada:%40{S}@db/x": "postgresql://ada:***@db/x",
    f"postgresql://ada:pä:{S}@db/x": "postgresql://ada:***@db/x",
    f"postgresql://ada@db/x?password={S}&a=1": "postgresql://ada@db/x?password=***&a=1",
    f"postgresql://db/x?user=ada@corp&sslpassword={S}": (
        "postgresql://db/x?user=ada@corp&sslpassword=***"
    ),
    f"postgresql://ada:{S}@/x?host=/run/postgresql": (
        "postgresql://ada:***@/x?host=/run/postgresql"
    ),
    f"mysql://ada:{S}@db,mongodb://u:{S}@h": "mysql://ada:***@h",
    f"redis://:{S}@cache:6379/0": "redis://:***@cache:6379/0",
    f"http://ada:{S}@mlflow:5000": "http://ada:***@mlflow:5000",
    f"http://{S}@mlflow:5000/x": "http://***@mlflow:5000/x",
    f"https://{S}:@git.example/a": "https://***@git.example/a",
    f"https://{S}:x-oauth-basic@git.example/a": "https://***@git.example/a",
    f"https://x-access-token:ghp_{S}@github.com/a/b.git": (
        "https://x-access-token:***@github.com/a/b.git"
    ),
    f"git+https://{S}@git.example/a": "git+https://***@git.example/a",
    f"s3://key:{S}@bucket/x": "s3://***@bucket/x",
    f"s3://bucket/x?access_key={S}": "s3://bucket/x?access_key=***",
    f"https://a.blob.core.windows.net/c/x?sv=2024&sig={S}&se=9": (
        "https://a.blob.core.windows.net/c/x?sv=2024&sig=***&se=9"
    ),
    f"https://b.example/x?X-Amz-Date=1&X-Amz-Signature={S}&X-Amz-Credential=a{S}": (
        "https://b.example/x?X-Amz-Date=1&X-Amz-Signature=***&X-Amz-Credential=***"
    ),
    f"https://b.example/x?X-Amz-Security-Token={S}": "https://b.example/x?X-Amz-Security-Token=***",
    f"https://storage.googleapis.com/x?X-Goog-Signature={S}": (
        "https://storage.googleapis.com/x?X-Goog-Signature=***"
    ),
    f"https://b.example/x?AWSAccessKeyId={S}&Signature={S}": (
        "https://b.example/x?AWSAccessKeyId=***&Signature=***"
    ),
    f"https://api.example/x#access_token={S}": "https://api.example/x#access_token=***",
    f"https://api.example/x?key={S}": "https://api.example/x?key=***",
    f"host=db password={S} user=ada": "host=db password=*** user=ada",
    f"host=db password='a {S}' user=ada": "host=db password='***' user=ada",
    f"aws_secret_access_key = {S}": "aws_secret_access_key = ***",
    f'{{"api_key": "{S}", "n": 1}}': '{"api_key": "***", "n": 1}',
    f"{{'password': '{S}'}}": "{'password': '***'}",
    f"AccountName=a;AccountKey={S}==;x": "AccountName=a;AccountKey=***;x",
    f"SharedAccessSignature={S}": "SharedAccessSignature=***",
    f"HF_TOKEN={S} python train.py": "HF_TOKEN=*** python train.py",
    f"os.environ['WANDB_API_KEY'] = '{S}'": "os.environ['WANDB_API_KEY'] = '***'",
    f"login(token='{S}')": "login(token='***')",
    f"it was run as train.py --hf-token {S} --lr 1": (
        "it was run as train.py --hf-token *** --lr 1"
    ),
    f"Authorization: Bearer {S}": "Authorization: Bearer ***",
    f"authorization: {S}": "authorization: ***",
    f"sent 'Bearer {S}'": "sent 'Bearer ***'",
    f"Proxy-Authorization: Basic {S}==": "Proxy-Authorization: Basic ***",
    f"machine h login ada password {S}": "machine h login ada password ***",
    f"x-api-key: {S}": "x-api-key: ***",
    "use hf_abcdefghijKLMNOP now": "use *** now",
    "(ghp_16C7e42F292c6912E7710c838347Ae178B4a)": "(***)",
    "github_pat_11ABCDEFG0123456789_abcdef": "***",
    "glpat-abcdefghij1234567890": "***",
    "key AKIAIOSFODNN7EXAMPLE": "key ***",
    "sk-proj-aB3dEfGhIjKlMnOpQrSt": "***",
    "xoxb-123456789012-abcdefABCDEF": "***",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv": "***",
    f"jwt {JWT}!": "jwt ***!",
    "a\n-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nb": "a\n***\nb",
}

PLAIN = (
    "python train.py --key label --keys 3 --token-column text --tokenizer unigram5000",
    "--eos-token </s> --pad-token [PAD] --max-tokens 100000 --num_token=128 tokenizer=bpe2000",
    "scikit-learn sk-learn sk-learn-contrib-py311-extra",
    "commit 9aafe7f1d2c3b4a5968778695a4b3c2d1e0f9a8b",
    "sha256 8dc07b173ff9ad6068a601213174f6009cf7e66684e88d87f0fa20da3dbff876",
    "talk-f471d566-000008371-000009512",
    "scots@v1?text=='token' and split == 'train'",
    "models:/scots@champion at http://127.0.0.1:5000/#/models/scots@v1",
    "https://medium.com/@ada/on-tokens?page=2&sort=key",
    "sqlite:////home/ada@work/mlflow.db",
    "abfss://container@account.dfs.core.windows.net/x",
    "ssh://git@github.com/a/b git@github.com:a/b",
    "postgresql+psycopg://ada@db/x?host=/run/pg",
    'password authentication failed for user "ada"',
    "invalid token: comma; the password is wrong; unexpected token }",
    "--token needs a value; --password is not known",
    "auth=none use_auth_token=True token=$HF_TOKEN password=***",
    "private_key=~/.ssh/id_rsa",
    "Basic training with the Bearer of bad news",
    "http://[::1]:5000/x and s3://bucket/talk@home.mp4",
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_secret_in_a_text_is_hidden(text: str) -> None:
    assert hide(text) == TEXTS[text]
    assert hide(f"before {text} after") == f"before {TEXTS[text]} after"
    assert hide(TEXTS[text]) == TEXTS[text]


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stays(text: str) -> None:
    assert hide(text) == text
    if "needs a value" not in text:  # which is no command
        words = text.split()
        assert list(hide_in_words(words).words) == words


@pytest.mark.parametrize(
    "password", ["pass word", "%C3%A4%20b", "a%40b%2Fc", "q\"uo'te", "p@s/s#w?d"]
)
def test_a_password_is_hidden_however_it_is_written(password: str) -> None:
    from urllib.parse import quote, unquote

    address = f"postgresql://ada:{password}@db/x"
    assert hide(address, address) == "postgresql://ada:***@db/x"
    for form in (password, unquote(password), quote(unquote(password), safe="")):
        assert hide(f"it refused {form!s} again", address) == "it refused *** again"


@pytest.mark.parametrize(
    "name", ["HF_TOKEN", "MY_SECRET", "PGPASSWORD", "WANDB_API_KEY", "ODD_KEY"]
)
def test_secrets_of_the_environment_are_hidden_by_their_value(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "correct-horse-battery")
    assert hide("he said: correct-horse-battery.") == "he said: ***."


def test_addresses_in_the_environment_are_known_and_plain_values_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ada:{S}@db/x")
    monkeypatch.setenv("SORT_KEY", "speaker")
    monkeypatch.setenv("SSL_CERT_KEY", "/etc/ssl/private/long.pem")
    assert hide(f"{S} speaker /etc/ssl/private/long.pem") == "*** speaker /etc/ssl/private/long.pem"


# Words of a command; the first that differs, and the variable in which it is given again.
COMMANDS = [
    (("--token", "abc"), ("--token", "***"), "TOKEN"),
    (("--hf-token=abc",), ("--hf-token=***",), "HF_TOKEN"),
    (("--api_key", "-secret-"), ("--api_key", "***"), "API_KEY"),
    (("--wandb-key", "abc"), ("--wandb-key", "***"), "WANDB_KEY"),
    (("--password=p w",), ("--password=***",), "PASSWORD"),
    (("-p", "secret"), ("-p", "***"), "P"),
    (("-u", "ada:secret"), ("-u", "ada:***"), "U"),
    (("DB_PASSWORD=hunter22",), ("DB_PASSWORD=***",), "DB_PASSWORD"),
    (("++a.logger.api_key=abc",), ("++a.logger.api_key=***",), "A_LOGGER_API_KEY"),
    (("http://me:hunter2@mlflow:5000",), ("http://me:***@mlflow:5000",), "2"),
    (("--db=postgresql://u:p w@h/x",), ("--db=postgresql://u:***@h/x",), "DB"),
    (("-H", "Authorization: Bearer abc"), ("-H", "Authorization: Bearer ***"), "H"),
    (('{"secret": "abc"}',), ('{"secret": "***"}',), "2"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kept", "variable"), COMMANDS)
def test_a_command_is_kept_without_secrets_and_completed_again(
    given: tuple[str, ...], kept: tuple[str, ...], variable: str
) -> None:
    words = ("python", "fit.py", *given, "--lr", "1")
    hidden = hide_in_words(words)
    assert hidden.words == ("python", "fit.py", *kept, "--lr", "1")
    (name, place), *_ = hidden.places.items()
    assert name == f"AUDIOSET_HIDDEN_{variable}"
    with pytest.raises(InvalidInputError, match=f"secrets, which were not kept; give .*{name} for"):
        give_again(hidden.words, hidden.places, {})
    start = kept[-1].partition("=")[0] + "=" if kept[-1] != "***" and given[-1][0] in "-+D" else ""
    value = words[place].removeprefix(start)
    assert give_again(hidden.words, hidden.places, {name: value}) == words


@pytest.mark.parametrize("words", ["-p 5000", "-p fp16", "-p a/b", "-p x.toml", "-u ada", "-p -v"])
def test_short_options_with_plain_values_stay(words: str) -> None:
    assert hide_in_words(words.split()).words == tuple(words.split())


def test_a_traceback_holds_no_secret() -> None:
    address = "http://ada:p%40ss@mlflow"
    try:
        try:
            raise ValueError(f"{address} and p@ss", KeyError("p@ss"))
        except ValueError as error:
            raise LookupError("p@ss") from error
    except LookupError as error:
        hide_in_error(error, address)
        shown = "".join(traceback.format_exception(error))
    assert "ValueError: ('http://ada:***@mlflow and ***', KeyError('***'))" in shown
    assert "LookupError: ***" in shown


@pytest.mark.parametrize(("letter", "code"), [("@", "40"), ("/", "2F"), ("?", "3F"), ("#", "23")])
def test_a_password_that_no_program_can_read_is_refused_without_it(letter: str, code: str) -> None:
    for address in (f"postgresql://ada:x1{letter}y2@db/x", f"http://ada:x{letter}y2@mlflow"):
        with pytest.raises(InvalidInputError, match=rf"of catalog .*{code}$") as refused:
            require_address(address, "catalog")
        assert "y2" not in str(refused.value)
        fine = address.replace(f"{letter}y2", f"%{code}y2")
        assert require_address(fine, "catalog") == fine


def test_long_texts_take_no_time() -> None:
    for text in (
        "a" * 300_000,
        "token-" * 50_000,
        "://a:" * 50_000,
        "x=" * 100_000,
        "eyJ" * 90_000,
    ):
        assert hide(text)
