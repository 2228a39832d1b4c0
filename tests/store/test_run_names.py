"""Names, ids and owners: what browsers may send."""

import pytest

from app.store.run_names import LONGEST_NAME, check_id, check_name, folded, is_id, owner_hash

ID = "BemgA6iAAyUUhvtpENtnfw"


@pytest.mark.parametrize(
    "name",
    [
        "Depth 30", "<b>bold</b> & \"quoted\" 'twice'", "[link](javascript:alert(1))", "$x^2$ :fire: **not** markdown",
        "深いネットワーク", "שלום", "مرحبا", "👩‍👩‍👧‍👦", "é", "e\N{COMBINING ACUTE ACCENT}",
        "x" * LONGEST_NAME, "../../etc/passwd",
    ],
)  # fmt: skip
def test_names_are_kept_as_they_are(name: str):
    assert check_name(f"  {name}\n") == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("two\nlines", "control characters, not U\\+000A"), ("a\rb", "U\\+000D"), ("a\0b", "U\\+0000"),
        ("a\x1b[31m", "U\\+001B"), ("a\x85b", "U\\+0085"), ("a\u2028b", "line breaks"), ("a\u2029b", "line breaks"),
        ("a\u202eb", "turn the direction"), ("\u200fab", "turn the direction"), ("a\u2067b", "turn the direction"),
        ("a\u061cb", "turn the direction"), ("a\ud800b", "halves of characters"), ("", "can be seen"),
        (" \t ", "can be seen"), ("\u200b\u200d\ufeff", "can be seen"), ("\u0301", "can be seen"),
        ("x" * (LONGEST_NAME + 1), "at most 120 characters, not 121"), ("x" * 10_000, "not 10000"),
        (None, "must be text, not NoneType"), (b"bytes", "must be text"),
    ],
)  # fmt: skip
def test_names_that_are_refused(name: object, why: str):
    with pytest.raises(ValueError, match=f"name .*{why}"):
        check_name(name)


def test_ids():
    assert check_id(ID) == ID
    unfit = (
        "",
        "short",
        "x" * 65,
        "../" * 6,
        f"{ID}/..",
        f"{ID}\n",
        f"{ID[:-1]}\0",
        "é" * 20,
        "a b" * 8,
        "'; DROP TABLE runs",
        7,
        None,
    )
    for each in unfit:
        assert not is_id(each)
        with pytest.raises(ValueError, match="id must be 16 to 64"):
            check_id(each)


def test_a_token_is_not_kept():
    assert len(owner_hash("ada")) == 64 and "ada" not in owner_hash("ada")
    assert owner_hash("ada") == owner_hash("ada") != owner_hash("Ada")
    for nobody in ("", None, 5):
        with pytest.raises(ValueError, match="token"):
            owner_hash(nobody)


def test_search_knows_no_case():
    assert folded("STRASSE") == folded("straße") and folded("É") == folded("é")
