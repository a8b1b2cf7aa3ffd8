"""Domain names become A-labels by IDNA 2008, or are refused."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import AddressError
from digest.mail.domains import check, to_ascii


@pytest.mark.parametrize(
    ("domain", "ascii_domain"),
    [
        ("example.org", "example.org"),
        ("EXAMPLE.Org", "example.org"),
        ("1und1.example", "1und1.example"),
        ("straße.example", "xn--strae-oqa.example"),  # IDNA 2003 would make another domain of it
        ("STRAẞE.example", "xn--strae-oqa.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),  # keeps its final sigma
        ("\uff25xample\uff0eorg", "example.org"),
        ("bücher。example", "xn--bcher-kva.example"),
        ("例え｡テスト", "xn--r8jz45g.xn--zckzah"),
        ("l·l.example", "xn--ll-0ea.example"),
        ("\u03b1\u0375β.example", "xn--wva3je.example"),
        ("א\u05f3.example", "xn--4db4e.example"),
        ("ア・ア.example", "xn--ccka0y.example"),
        ("क्\u200dष.example", "xn--11b2ezcw70k.example"),
        ("क्\u200cष.example", "xn--11b2ezcs70k.example"),
        ("مثال.example", "xn--mgbh0fb.example"),
        ("א1.example", "xn--1-zhc.example"),
        ("\uab75.example", "xn--b9d.example"),  # Cherokee folds to capitals
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("xn--i-7iq.example", "xn--i-7iq.example"),  # a symbol from before IDNA 2008, in use
    ],
)
def test_domain_becomes_a_labels(domain: str, ascii_domain: str) -> None:
    """email.md F6; the expected values are those of the reference implementation of UTS #46."""
    assert to_ascii(domain) == ascii_domain


@pytest.mark.parametrize(
    ("domain", "hint"),
    [
        ("❤.example", "xn-- form"),
        ("a\u00adb.example", "U\\+00AD"),
        ("a\u200bb.example", "U\\+200B"),
        ("a\u200cb.example", "U\\+200C"),
        ("\u200cé.example", "U\\+200C"),
        ("a\ufe0fb.example", "U\\+FE0F"),
        ("م\u0640م.example", "U\\+0640"),
        ("a·l.example", "U\\+00B7"),
        ("\u03b1\u0375.example", "U\\+0375"),
        ("א\u05f3א.\u05f3.example", "U\\+05F3|ambiguous"),
        ("a・b.example", "U\\+30FB"),
        ("\u0301a.example", "combining mark"),
        ("-é.example", "hyphen"),
        ("é-.example", "hyphen"),
        ("ab--é.example", "third and fourth"),
        ("ab--c.example", "third and fourth"),
        ("é⒈.example", "full stops"),
        ("⒈.example", "full stops"),
        ("\u0627\u0660\u06f0.example", "ambiguous order"),
        ("é\u0660\u06f0.example", "ambiguous order"),
        ("\u06f0\u0660.example", "ambiguous order"),
        ("אa.example", "ambiguous order"),
        ("aא.example", "ambiguous order"),
        ("1.א.example", "ambiguous order"),
        ("א.a-.example", "ambiguous order|cannot be part"),
        ("א\u0660" + "1.example", "ambiguous order"),
        ("א..example", "empty part"),
        ("xn--.example", "xn--"),
        ("xn--abc-.example", "xn--abc-"),
        ("xn--\u00e9.example", "third and fourth"),
        ("xn--99999999.example", "xn--99999999"),
        ("xn--bcher-kvaa9999999999.example", "xn--"),
        ("ö" * 60 + ".example", "longer than 63"),
        ("", "empty part"),
        (".", "empty part"),
        ("a/b.example", "cannot be part"),
        ("℀.example", "cannot be part"),
    ],
)
def test_what_dns_cannot_hold_is_refused(domain: str, hint: str) -> None:
    with pytest.raises(AddressError, match=hint):
        to_ascii(domain)


@given(st.text(st.characters(exclude_categories=()), max_size=12))
@example("\u03f2\u017f")
@example("ΐ\u0345")
def test_result_is_canonical(text: str) -> None:
    """What comes out is accepted as it is, and stays as it is."""
    try:
        domain = to_ascii(f"{text}.example")
    except AddressError:
        with pytest.raises(AddressError):
            to_ascii(f"{text.swapcase().swapcase()}.example." + ".")
        return
    check(domain)
    assert to_ascii(domain) == domain
    assert set(domain) <= set(string.ascii_lowercase + string.digits + ".-")
