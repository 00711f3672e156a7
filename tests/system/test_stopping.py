from __future__ import annotations

import threading
import time

import pytest

from nlpkit.system.stopping import held_back, hold, is_asked, stop_here


def test_a_signal_is_held_back_inside_alone() -> None:
    assert not hold(KeyboardInterrupt())
    stop_here()  # nothing is held back
    with pytest.raises(KeyboardInterrupt, match="7"), held_back():
        assert not is_asked()
        assert hold(KeyboardInterrupt(7))
        assert is_asked()
        stop_here()
    assert not is_asked()


def test_at_the_end_it_is_raised() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), held_back():
        hold(KeyboardInterrupt())
        done.append(1)
    assert done == [1]
    assert not is_asked()


def test_it_is_raised_where_no_place_to_stop_at_comes_in_time() -> None:
    since = time.monotonic()
    with pytest.raises(KeyboardInterrupt), held_back():
        hold(KeyboardInterrupt())
        while time.monotonic() - since < 30:
            time.sleep(0.01)
    assert 1 < time.monotonic() - since < 10
    assert not is_asked()


def test_other_threads_hold_nothing_back() -> None:
    found: list[bool] = []
    with held_back():
        thread = threading.Thread(target=lambda: found.append(hold(KeyboardInterrupt())))
        thread.start()
        thread.join()
    assert found == [False]
