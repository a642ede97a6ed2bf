"""String formats, as k8s.io/kube-openapi takes them (each line was asked of it)."""

from __future__ import annotations

import pytest

from kgen.structure.formats import FORMATS, NAMED, asserted

CASES = {
    "bsonobjectid": (["507f1f77bcf86cd799439011"], ["507f1f77bcf86cd79943901", ""]),
    "byte": (["YQ==", "YWI=", "YWJj"], ["", "YQ=", "a-_b", "YQ==\n", "===="]),
    "cidr": (["10.0.0.0/8", "010.0.0.0/8", "fd00::/8", "::ffff:1.2.3.4/99"], ["1.2.3.4/33", "10.0.0.0", "1.2.3.4/-1", "x/8"]),
    "creditcard": (["4111 1111 1111 1111", "378282246310005"], ["4111111111111112", ""]),
    "date": (["2024-02-29", "9999-12-31"], ["2023-02-29", "2024-13-01", "2024-1-1"]),
    "datetime": (
        ["2024-02-29T12:00:00Z", "2024-02-29t23:59:59.123+01:00"],
        ["2024-02-29T24:00:00Z", "2024-02-29T12:00:00", "2024-02-29 12:00:00Z"],
    ),
    "duration": (
        ["1s", "1h30m", "0", "-1.5h", ".5s", "1\u00b5s", "2 weeks", "3 days ago", "1d"],
        ["", "1", "1e3", "9223372036854775808ns", "x", "- s"],
    ),
    "email": (
        ["a@b", "A B <a@b.c>", '"x y"@z.com', "a@[1.2.3.4]", "\u00e9@b.c", "a@b (comment)", "g: a@b;"],
        ["a@", "@x", "a@b@c", "a..b@c", ".a@b", "a@[x]", "", "a@b,c@d"],
    ),
    "hexcolor": (["#fff", "ffffff"], ["#ffff", "#ggg"]),
    "hostname": (["a", "a.bc", "\u00fcmlaut.de", "A-B", "a-", "1"], ["-a", "a--b", "a.1", "a_b", "a..b", "a.b", "a" * 64]),
    "ipv4": (["1.2.3.4", "01.2.3.4", "::ffff:1.2.3.4"], ["256.1.1.1", "1.2.3", "::1", "\u0661.2.3.4"]),
    "ipv6": (["::", "::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"], ["1.2.3.4", "1::2::3", "12345::", "fe80::1%eth0", ":::", "::01.2.3.4"]),
    "isbn": (["0321751043", "978-0321751041"], ["0321751044"]),
    "isbn10": (["080442957X"], ["978-0321751041"]),
    "isbn13": (["978-0321751041"], ["0321751043"]),
    "k8slongname": (["a.b"], ["A", "a..b", "-a", "a" * 254]),
    "k8sshortname": (["a-b"], ["a.b", "A", "a" * 64]),
    "mac": (["01:23:45:67:89:ab", "01-23-45-67-89-ab", "0123.4567.89ab", "0123456789ab"], ["01:23-45:67:89:ab", "01:23", ""]),
    "rgbcolor": (["rgb(0,31,255)", "rgb( 1 , 2 ,3 )"], ["rgb(256,0,0)", "RGB(1,1,1)"]),
    "ssn": (["111-11-1111"], ["111111111", "1111-11-111"]),
    "uri": (
        ["http://a", "/a/b", "*", "mailto:x", "http://[::1]:80/x", "http://u:p@h/", "x://a:1:2", "http:?x"],
        ["", "a", "http://a/%zz", "http://a:b", "1a://x", "http://[::1", "http://a:1:2", "://x", "http://a b"],
    ),
    "uuid": (["123e4567-e89b-12d3-a456-426614174000", "123E4567E89B12D3A456426614174000"], ["123e4567"]),
    "uuid3": (["a3bb189e-8bf9-3888-9912-ace4e6543002"], ["a3bb189e-8bf9-4888-9912-ace4e6543002"]),
    "uuid4": (["f47ac10b-58cc-4372-a567-0e02b2c3d479"], ["f47ac10b-58cc-4372-c567-0e02b2c3d479"]),
    "uuid5": (["74738ff5-5367-5958-9aee-98fffdcd1876"], ["74738ff5-5367-4958-9aee-98fffdcd1876"]),
    "go bytes": (["", "YQ==", "YWJj\nYWJj", "${SUBMARINER_BROKER_CA}"], ["YQ=", "a", "${}", "x${A}"]),
    "go quantity": (["1", "1.5Gi", "-1", "+", " 1Ki ", ".5", "5.", "1e3", "1E-3", "100m"], ["", ".", "1e", "1kb", "1 k", "1e1.5", "one"]),
    "go time": (["2024-02-29T12:00:00Z", "2024-02-29T12:00:00.5+01:00"], ["2024-02-29t12:00:00Z", "2024-02-30T12:00:00Z"]),
}


def test_every_format_has_cases_and_words() -> None:
    assert FORMATS.keys() == CASES.keys() == NAMED.keys()


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, (fits, _) in CASES.items() for text in fits])
def test_fits(name: str, text: str) -> None:
    assert FORMATS[name](text)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, (_, others) in CASES.items() for text in others])
def test_does_not_fit(name: str, text: str) -> None:
    assert not FORMATS[name](text)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "text", ["", "\x00", "\n", "a" * 100_000, "1" * 100_000, "." * 10_000, ":" * 10_000, "\U0001f600", "%", "[", "(((("]
)
def test_hostile_texts_are_answered(name: str, text: str) -> None:
    assert FORMATS[name](text) in (True, False, None) or FORMATS[name](text)


def test_names_are_taken_without_dashes_and_others_are_not_asserted() -> None:
    assert asserted("date-time") == "datetime"
    assert asserted("k8s-short-name") == "k8sshortname"
    assert asserted("int32") is None
    assert asserted("password") is None
