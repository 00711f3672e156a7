from __future__ import annotations

import pytest

from tests.docs.pages import assert_shown

EPOCH = "epoch 1/1: loss=0.834 acc=0.646  2,277 texts/s  pad=2%"
ROW = "3_lstm    0.8446     35.6   2,294,724"


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("0.966\n['Business']\n", "0.951\n['Business']\n"),
        (EPOCH, EPOCH.replace("0.834", "0.85").replace("2,277", "11,000")),
        (ROW, ROW.replace("35.6", " 9.1").replace("0.8446", "0.8100")),
        (f"...\n{EPOCH}\n...\nlast", f"first\n{EPOCH}\nnext\nlast"),
        ("...", "anything"),
    ],
)
def test_a_page_may_show_less_and_other_speeds_and_nearly_the_same_decimals(shown: str, said: str) -> None:
    assert_shown(shown, said)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("0.966", "0.282"),
        ("Sports", "World"),
        (EPOCH, EPOCH.replace("pad=2%", "pad=40%")),
        (EPOCH, EPOCH.replace("0.646", "0.746")),
        (ROW, ROW.replace("2,294,724", "2,294,725")),
        (ROW, ROW.replace("0.8446", "0.7446")),
        ("one", "one\ntwo"),
        ("two", "one\ntwo"),
        ("...\none\ntwo", "one\nthree\ntwo"),
        ("one", ""),
    ],
)
def test_what_was_not_said_may_not_be_shown(shown: str, said: str) -> None:
    with pytest.raises(AssertionError, match="the page "):
        assert_shown(shown, said)
