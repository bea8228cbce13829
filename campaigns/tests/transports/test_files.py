"""Mails as files: whole ones only, safe names, nothing left behind."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from campaigns.tests.transports.mails import a_mail, numbered
from campaigns.transports import files
from campaigns.transports.files import safe_name
from campaigns.transports.outcome import Outcome
from campaigns.transports.transport import carrier_of
from tests.patches import patch_import


def carrier(url: str, folder: Path):
    return carrier_of(url, data_dir=folder, lease_seconds=60)


def test_each_mail_is_a_file_of_its_own(tmp_path):
    files = carrier("file://", tmp_path)
    assert {files.hand_over(numbered(number)).outcome for number in (1, 2)} == {Outcome.SENT}

    written = sorted((tmp_path / "mail").iterdir())
    assert [path.name for path in written] == [
        "1.k3jx9@shop.example.eml",
        "2.k3jx9@shop.example.eml",
    ]
    message = message_from_bytes(written[0].read_bytes(), policy=policy.SMTP)
    assert message["Message-ID"] == "<1.k3jx9@shop.example>"


def test_a_directory_may_be_named(tmp_path):
    carrier(f"file://{tmp_path}/a%20b/c", tmp_path / "data").hand_over(a_mail())

    assert len(list((tmp_path / "a b" / "c").iterdir())) == 1


def test_the_same_mail_again_is_the_same_file(tmp_path):
    files = carrier("file://", tmp_path)
    files.hand_over(a_mail())
    files.hand_over(a_mail())

    assert len(list((tmp_path / "mail").iterdir())) == 1


@pytest.mark.parametrize(
    "message_id", ["../../etc/x@shop.example", ".hidden@a.de", "a/b@a.de", "x" * 400 + "@a.de"]
)
def test_no_id_leads_out_of_the_directory(tmp_path, message_id):
    carrier("file://", tmp_path).hand_over(a_mail(message_id=message_id))

    (path,) = (tmp_path / "mail").iterdir()
    assert path.suffix == ".eml"
    assert not path.name.startswith(".")


def test_names_that_were_changed_stay_different():
    assert safe_name("<a/b@c.de>") != safe_name("<a_b@c.de>")
    assert safe_name("<a/b@c.de>") != safe_name("<a*b@c.de>")
    assert safe_name("<a_b@c.de>") == "a_b@c.de"


def test_what_cannot_be_written_is_passing_and_leaves_nothing(tmp_path, monkeypatch):
    def full(number: int) -> None:
        raise OSError("No space left on device")

    transport = carrier("file://", tmp_path)
    with monkeypatch.context() as patch:
        patch_import(patch, files, "os", fsync=full)
        handed = transport.hand_over(a_mail())

    assert (handed.outcome, handed.detail) == (Outcome.PASSING, "No space left on device")
    assert list((tmp_path / "mail").iterdir()) == []


def test_a_directory_that_cannot_be_made_is_passing(tmp_path):
    (tmp_path / "mail").write_text("a file")

    assert carrier("file://", tmp_path).hand_over(a_mail()).outcome is Outcome.PASSING
