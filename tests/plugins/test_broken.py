from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.plugins.catalogue import Plugin, Plugins

Install = Callable[..., None]
All = tuple[Path, dict[str, Plugin]]


PROBLEMS = {  # how each of them is told, from the start, and the line it is found in
    "import_error": ("ModuleNotFoundError: No module named 'no_such_module_at_all'", 1),
    "newer_api": ("ImportError: cannot import name 'Teleporter' from 'nlpkit'", 1),
    "syntax_error": ("SyntaxError: invalid syntax", 1),
    "system_exit": ("SystemExit: leaving", 1),
    "base_exception": ("Odd: odd", 2),
    "warns": ("UserWarning: old", 3),
    "circular": ("ImportError: cannot import name 'later'", 1),
    "asks": ("RuntimeError: it asks for all plugins while it is one of those that are being loaded", 2),
    "says_nothing": ("Mute", 4),
    "no_hook": (
        "ValueError: broken_no_hook implements no hook: define nlpkit_register, marked with @hookimpl",
        None,
    ),
    "unmarked": ("ValueError: broken_unmarked implements no hook: define nlpkit_register", 20),
    "misspelt": ("PluginValidationError: unknown hook 'nlpkit_regsiter'", 20),
    "signature": ("PluginValidationError: Plugin 'signature' for hook 'nlpkit_register'", 20),
    "half_way": ("RuntimeError: no more", 23),
    "taken": ("ValueError: tokenizer 'whitespace' of dist-taken is already taken by nlpkit-toolkit", 20),
    "name": ("ValueError: 'Shout!' is not a name: lower-case letters, digits, and - or _ between them", 22),
    "swapped": ("ValueError: <class 'broken_swapped.Shout'> is not a name: lower-case letters", 22),
    "no_dataclass": ("ValueError: shout: Shout is not a dataclass: decorate it with @dataclass", 21),
    "annotation": ("ValueError: shout: the type of a setting of Shout cannot be found: division", 25),
    "defaults": (
        "ValueError: shout: Shout cannot have its own defaults: 'many' is not a whole number",
        24,
    ),
    "interrupt": ("KeyboardInterrupt", 1),
    "os_exit": ("it calls os._exit(3)", 2),
}
CHANGES = {
    "builtins": "builtins.isinstance and builtins.len",
    "functions": "json.dumps and pathlib.Path.exists",
    "ours": ("nlpkit.Vocab, nlpkit.components.encoders.Lstm.build and nlpkit.components.encoders.Lstm.kind"),
    "folder": "the working directory",
    "environment": "the environment",
    "signals": "signal handlers",
    "stdout": "standard streams",
    "descriptors": "standard streams",
    "mask": "the file mode mask",
    "filters": "the filters of warnings",
    "logging": "the logging of others",
    "path": "the start of the import path",
    "alarm": "signal handlers",
    "blocked": "signal handlers",
    "new_variable": "the environment",
    "variables": "the environment",
    "encoding": "standard streams",
    "method": "standard streams",
    "codecs": "the error handlers of codecs",
    "fields": "csv.field_size_limit and the precision of decimal",
    "starting": "the timeout of sockets and how multiprocessing starts processes",
    "executable": "os.sep and sys.executable",
    "click": "click.echo",
    "unimported": "wave.open",
    "modules": "sys.modules['sklearn'] and sys.modules['wave']",
    "numbers": "numpy.seterr",
    "recursion": "the limits of the process",
    "garbage": "garbage collection",
}
LATE = "not done after 3 s; NLPKIT_PLUGIN_SECONDS sets another limit"
FELT = {  # what is said of those that others would feel, and the line, if it is known
    "thread": ("it leaves the thread Thread-1 (wait) running when it is imported", None),
    "daemon_thread": ("it leaves a thread running when it is imported", None),
    "holds": (LATE, 2),
    "expression": (LATE, 2),
    "sleeps": (LATE, 2),
    "catches": (LATE, 3),
    "exit_hangs": ("it keeps the process from ending: look at what it registers with atexit", None),
    "exit_code": (
        "it makes the process end with exit code 7: look at what it registers with atexit",
        None,
    ),
    "exit_prints": ("it prints to standard output when the process ends, after the results", None),
    "thread_exit": ("it calls os._exit(3)", None),
    "c_exit": ("it ends the process with exit code 5 when it is imported", None),
    "crashes": ("it ends the process with the signal SIGSEGV when it is imported", 2),
    "killed": ("it ends the process with the signal SIGKILL when it is imported", None),
    "forks": ("it forks the process when it is imported: start processes where build() needs them", None),
    "process": ("it leaves a process running when it is imported: start processes where", None),
    "orphan": ("it leaves a process running when it is imported: start processes where", None),
    "daemon": ("it leaves a process running when it is imported: start processes where", None),
    "at_fork": ("a fork of the process ends with exit code 3 at once: look at os.register_at_fork", None),
    "asks_you": ("EOFError: EOF when reading a line", 1),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_broken_plugin_says_why_and_where(all_broken: All, name: str) -> None:
    root, found = all_broken
    problem, line = PROBLEMS[name]
    broken = found[name]
    assert str(broken) == f"{name} of dist-{name} 1.2"
    assert broken.problem.startswith(problem)
    assert "\n" not in broken.problem
    assert broken.place == f"{root / f'broken_{name}.py'}" + (f":{line}" if line else "")
    assert broken.problem.startswith("it calls") or type(broken.trace[-1]) is str


@pytest.mark.parametrize("name", FELT)
def test_a_plugin_that_others_would_feel_is_broken(all_broken: All, name: str) -> None:
    root, found = all_broken
    problem, line = FELT[name]
    assert found[name].problem.startswith(problem)
    assert found[name].place == (f"{root / f'broken_{name}.py'}:{line}" if line else "")


@pytest.mark.parametrize("name", CHANGES)
def test_a_plugin_that_changes_its_process_is_broken_and_what_it_changes_is_named(
    all_broken: All, name: str
) -> None:
    problem = all_broken[1][name].problem
    [said] = re.findall("it changes (.*) when it is imported: leave the process as it is$", problem)
    assert said == CHANGES[name]


def test_every_kind_of_broken_plugin_is_tried(all_broken: All, BROKEN: dict[str, str]) -> None:
    broken = {name for name, plugin in all_broken[1].items() if plugin.problem}
    assert broken == {*PROBLEMS, *FELT, *CHANGES}
    assert PROBLEMS.keys() == BROKEN.keys()


def test_beside_broken_plugins_a_good_one_is_loaded_and_nothing_of_them_is_imported(all_broken: All) -> None:
    assert all_broken[1]["loud"].components == ("tokenizer shout",)
    assert not [name for name in sys.modules if name.startswith("broken_")]


def test_of_a_plugin_that_fails_half_way_nothing_is_left(
    BROKEN: dict[str, str], GOOD: str, loaded: Callable[[], Plugins], install: Install
) -> None:
    install("half_way", BROKEN["half_way"], module="broken_half_way")
    install("loud", GOOD)
    found = loaded()
    assert [plugin.components for plugin in found.broken] == [("tokenizer shout",)]
    assert found.entry("tokenizer", "shout").distribution == "dist-loud"
    assert found.entry("tokenizer", "whitespace").distribution == "nlpkit-toolkit"


def test_a_plugin_for_another_nlpkit_is_told_which_one_this_is(
    BROKEN: dict[str, str], loaded: Callable[[], Plugins], install: Install
) -> None:
    install("newer_api", BROKEN["newer_api"], module="broken_newer_api")
    assert loaded().broken[0].problem.endswith("; this is nlpkit 0.1.0")


@pytest.mark.parametrize(
    ("module", "problem"),
    [
        ("broken_absent", "ModuleNotFoundError: No module named 'broken_absent'"),
        ("json:no_such_thing", "AttributeError: module 'json' has no attribute 'no_such_thing'"),
        ("json:dumps", "ValueError: json:dumps implements no hook"),
        ("json:dumps.__doc__", "ValueError: json:dumps.__doc__ implements no hook"),
        ("builtins:None", "ValueError: builtins:None implements no hook"),
        ("a b", "ValueError: the entry point 'a b' is neither module nor module:object"),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_a_broken_plugin(
    loaded: Callable[[], Plugins], install: Install, module: str, problem: str
) -> None:
    install("lost", None, module=module)
    [broken] = loaded().broken
    assert broken.problem.startswith(problem)


def test_entry_points_that_cannot_be_read_are_a_broken_plugin(
    GOOD: str, loaded: Callable[[], Plugins], install: Install, tmp_path: Path
) -> None:
    install("loud", GOOD)
    install("cut", None)
    (tmp_path / "dist_cut-1.2.dist-info" / "entry_points.txt").write_text("[nlpkit]\ncut\n", encoding="utf-8")
    found = loaded()
    assert [plugin.name for plugin in found.loaded] == ["loud"]
    assert [(str(plugin), plugin.seconds) for plugin in found.broken] == [("dist-cut of dist-cut 1.2", 0)]


def test_of_two_plugins_with_one_name_the_second_is_broken_and_both_are_named(
    GOOD: str, loaded: Callable[[], Plugins], install: Install
) -> None:
    install("a", GOOD)
    install("b", GOOD)
    found = loaded()
    assert [plugin.name for plugin in found.loaded] == ["a"]
    [broken] = found.broken
    assert broken.problem == "ValueError: tokenizer 'shout' of dist-b is already taken by dist-a"


@pytest.mark.parametrize(("start", "kind"), [("async def", "a coroutine"), ("def", "a generator")])
def test_a_hook_whose_body_would_never_run_is_refused(
    GOOD: str, loaded: Callable[[], Plugins], install: Install, start: str, kind: str
) -> None:
    ending = "    yield\n" if start == "def" else ""
    install("lazy", GOOD.replace("def nlpkit_register", f"{start} nlpkit_register") + ending)
    [broken] = loaded().broken
    assert broken.problem == (
        f"PluginValidationError: nlpkit_register of lazy is {kind}, and its body would never run: "
        "make it a plain function"
    )
    assert broken.components == ()


def test_a_hook_that_wraps_another_runs(GOOD: str, loaded: Callable[[], Plugins], install: Install) -> None:
    install("wrapping", GOOD.replace("@hookimpl", "@hookimpl(wrapper=True)") + "    return (yield)\n")
    assert loaded().loaded[0].components == ("tokenizer shout",)


@pytest.mark.parametrize("hook", ["nlpkit_run_started", "nlpkit_epoch_ended", "nlpkit_run_ended"])
def test_a_hook_that_only_trackers_have_is_refused_in_a_plugin(
    GOOD: str, loaded: Callable[[], Plugins], install: Install, hook: str
) -> None:
    install("tracking", GOOD + f"\n\n@hookimpl\ndef {hook}():\n    pass\n")
    [broken] = loaded().broken
    assert broken.problem == (
        f"ValueError: {hook} is never called here: it belongs to what a tracker's build() gives"
    )


@pytest.mark.parametrize(("name", "broken"), [("chapter", False), ("__len__", True)])
def test_a_method_more_in_a_class_of_others_is_felt_only_where_python_asks_for_it(
    GOOD: str, loaded: Callable[[], Plugins], install: Install, name: str, broken: bool
) -> None:
    install("adds", f"import logging\nlogging.Logger.{name} = lambda self: 0\n" + GOOD)
    assert [each.name for each in loaded().broken] == ["adds"] * broken
