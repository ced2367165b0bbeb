"""Credentials in addresses."""

import pytest

from search.terminal.credentials import lacks_credentials, stored_address, without_credentials


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:secret@host/db", "postgresql://host/db"),
        ("http://token@server:5000/x?a=b@c", "http://server:5000/x?a=b@c"),
        ("mysql+pymysql://me:sec/re@t?@host/db", "mysql+pymysql://host/db"),
        ("http://me:secret@@host/", "http://host/"),
        ("s3://KEY:SECRET@bucket/folder", "s3://bucket/folder"),
        (
            "s3://b/f?access_key=SECRET&secret_key=SECRET&endpoint_override=host:9000",
            "s3://b/f?access_key=***&secret_key=***&endpoint_override=host:9000",
        ),
        (
            "run --tracking-uri 'http://me:secret@host' --results s3://k:secret@b",
            "run --tracking-uri 'http://host' --results s3://b",
        ),
        ("sqlite:////home/me@work/mlflow.db", "sqlite:////home/me@work/mlflow.db"),
        ("http://host:5000/a@b", "http://host:5000/a@b"),
        ("http://[::1]:5000/a@b", "http://[::1]:5000/a@b"),
        ("models:/adversarial@knee", "models:/adversarial@knee"),
    ],
)
def test_an_address_is_shown_without_them_and_else_unchanged(text: str, shown: str) -> None:
    assert without_credentials(text) == shown


def test_an_address_is_stored_with_a_mark_that_tells_what_is_missing() -> None:
    address = "postgresql://me:secret@host/db?password=secret"
    assert stored_address(address) == "postgresql://***@host/db?password=***"
    assert lacks_credentials(stored_address(address))
    for plain in ("http://host:5000", "sqlite:////x@y/mlflow.db"):
        assert stored_address(plain) == plain
        assert not lacks_credentials(plain)
