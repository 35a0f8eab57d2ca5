"""Every rule, one line each, in code order, with the stages at which it runs; modules are imported only there.

Further words are the only endings of the files that a rule speaks of: a commit without one is not made to wait for it.
"""

from __future__ import annotations

from quantgov.errors import UsageError
from quantgov.rule import Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COMMIT, MESSAGE, PUSH, RANGE, RECEIVE, SNAPSHOT = Stage
LATER = PUSH | RANGE | RECEIVE
CONTENT = COMMIT | LATER | SNAPSHOT

YAML = ".yaml", ".yml"
NOTEBOOK = ".ipynb"

REGISTRY: tuple[tuple[str, Stage, *tuple[str, ...]], ...] = (
    ("qg001_policy_invalid", CONTENT, *YAML),
    ("qg002_waiver_malformed", CONTENT, *YAML),
    ("qg003_waiver_expired", CONTENT),
    ("qg004_waiver_unapproved", CONTENT),
    ("qg005_ignore_unexplained", CONTENT),
    ("qg101_branch_misnamed", COMMIT | LATER),
    ("qg102_subject_malformed", MESSAGE | LATER),
    ("qg103_commit_to_protected_branch", COMMIT | PUSH | RECEIVE),
    ("qg104_backtest_subject_unspecific", MESSAGE | LATER),
    ("qg201_manifest_missing", MESSAGE | LATER),
    ("qg202_manifest_malformed", MESSAGE | LATER),
    ("qg203_manifest_contradicts_data", MESSAGE | LATER),
    ("qg204_result_without_code", COMMIT | LATER, *YAML),
    ("qg205_cache_version_not_bumped", LATER),
    ("qg206_result_record_invalid", CONTENT, *YAML),
    ("qg207_result_id_mismatch", CONTENT, *YAML),
    ("qg208_code_without_result", LATER),
    ("qg209_result_units_unstated", CONTENT, *YAML),
    ("qg210_data_unpinned", MESSAGE | LATER),
    ("qg211_dataset_registry_invalid", CONTENT, *YAML),
    ("qg301_secret_exposed", CONTENT),
    ("qg302_env_file_committed", CONTENT),
    ("qg303_secret_in_message", MESSAGE | COMMIT | LATER),
    ("qg401_passport_invalid", CONTENT, *YAML),
    ("qg402_strategy_id_taken", CONTENT, *YAML),
    ("qg403_version_unpinned", CONTENT),
    ("qg404_referenced_file_missing", CONTENT),
    ("qg405_report_invalid", CONTENT),
    ("qg406_sample_warning_missing", CONTENT),
    ("qg407_evidence_thin", CONTENT),
    ("qg501_large_file_outside_lfs", CONTENT),
    ("qg502_lfs_pattern_stored_as_blob", CONTENT),
    ("qg503_tracked_but_ignored", CONTENT),
    ("qg504_notebook_outputs", CONTENT, NOTEBOOK),
    ("qg505_notebook_out_of_order", CONTENT, NOTEBOOK),
    ("qg506_absolute_path_in_code", CONTENT),
    ("qg507_ignore_hides_lfs_pattern", CONTENT, ".gitignore", ".gitattributes"),
    ("qg601_transition_illegal", COMMIT | LATER),
    ("qg602_gate_unmet", COMMIT | LATER),
    ("qg603_sign_off_missing", CONTENT),
    ("qg604_sign_off_invalid", CONTENT),
    ("qg605_reviewer_is_researcher", CONTENT),
    ("qg606_version_not_bumped", LATER),
    ("qg607_production_changed_unapproved", COMMIT | LATER),
    ("qg608_review_overdue", CONTENT),
    ("qg609_override_unreviewed", CONTENT),
    ("qg610_signal_differs_from_report", CONTENT),
)


def code_of(module: str) -> str:
    return module[:5].upper()


def name_of(module: str) -> str:
    return module[6:].replace("_", "-")


def codes() -> list[str]:
    return [code_of(module) for module, *_ in REGISTRY]


def at(
    stage: Stage, select: Sequence[str] = (), ignore: Sequence[str] = (), touched: Iterable[str] | None = None
) -> list[Rule]:
    """The rules of a stage. `select` and `ignore` are codes or their prefixes.

    Where `touched` names all files that there are to judge, a rule that speaks of none of them is not imported.

    Raises UsageError for one that names no rule, and where none is left: a selection that judges nothing must not
    pass as a clean verdict.
    """
    for prefix in (*select, *ignore):
        if not any(code.startswith(prefix.upper()) for code in codes()):
            raise UsageError(f"{prefix!r} names no rule", "quantgov rules")
    wanted = tuple(prefix.upper() for prefix in select) or ("QG",)
    unwanted = tuple(prefix.upper() for prefix in ignore)
    chosen = [entry for entry in REGISTRY if stage in entry[1] and code_of(entry[0]).startswith(wanted)]
    kept = [entry for entry in chosen if not code_of(entry[0]).startswith(unwanted)]
    if not kept:
        raise UsageError("no rule of that selection is judged here", "quantgov rules")
    paths = None if touched is None else tuple(touched)
    return [load(module) if _is_asked(endings, paths) else _unasked(module) for module, _, *endings in kept]


def _is_asked(endings: Sequence[str], paths: Sequence[str] | None) -> bool:
    return paths is None or not endings or any(path.endswith(tuple(endings)) for path in paths)


def _unasked(module: str) -> Rule:
    """A rule that has nothing to say of what is judged, without its module."""
    return Rule(code_of(module), name_of(module), Scope.BLOB, lambda blob, policy: ())


def load(module: str) -> Rule:
    rule: Rule = __import__(f"quantgov.rules.{module}", fromlist=("RULE",)).RULE
    return rule


def every() -> list[tuple[Rule, Stage]]:
    return [(load(module), stages) for module, stages, *_ in REGISTRY]


def find(code: str) -> tuple[Rule, Stage]:
    """A rule by its code or its name. Raises UsageError where there is no such rule."""
    for module, stages, *_ in REGISTRY:
        if code.upper() == code_of(module) or code.lower() == name_of(module):
            return load(module), stages
    raise UsageError(f"there is no rule {code!r}", "quantgov rules")


def documentation(rule: Rule) -> str:
    """The docstring of a rule's module: the fault in one line, then why it matters and how to mend it."""
    import sys

    module = next(module for module, *_ in REGISTRY if code_of(module) == rule.code)
    return (sys.modules[f"quantgov.rules.{module}"].__doc__ or "").strip()
