"""The registry of datasets, data/datasets.yaml, does not fit its schema, or gives one version twice.

Why: a manifest names its data by name@version; where the registry cannot be read, that name stands for nothing.
Fix: `quantgov manifest snapshot` writes entries; schemas/datasets.schema.json describes each field.
"""

from __future__ import annotations

from quantgov import datasets
from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    if blob.path == datasets.PATH:
        for problem in datasets.problems(blob.data):
            yield Finding(problem.message, blob.path, problem.line, problem.column, problem.help)


HEAD = "version: 1\ndatasets:\n"
ENTRY = f"""\
  - name: us-equity-1h
    version: v3.2
    source: /v1/market/kline
    source_type: api
    path: data/us-equity-1h/v3.2/
    sha256: {"3f" * 32}
    as_of: 2025-01-02
"""

RULE = Rule(
    "QG211",
    "dataset-registry-invalid",
    Scope.BLOB,
    check,
    accepts=(
        Example("no entry yet", files={datasets.PATH: HEAD.replace("datasets:", "datasets: []")}),
        Example("an entry for each version", files={datasets.PATH: HEAD + ENTRY + ENTRY.replace("v3.2", "v3.3")}),
        Example("another file of that name", files={"research/datasets.yaml": "- gap\n"}),
    ),
    rejects=(
        Example(
            "an entry without its digest",
            files={datasets.PATH: HEAD + ENTRY.replace(f"    sha256: {'3f' * 32}\n", "")},
            finds=(("datasets[0].sha256 is missing", datasets.PATH, 3, 5),),
        ),
        Example(
            "a version twice",
            files={datasets.PATH: HEAD + ENTRY + ENTRY.replace("3f", "4f")},
            finds=(("us-equity-1h@v3.2 is here twice, first on line 3", datasets.PATH, 10, 5),),
        ),
        Example(
            "a file that is not YAML",
            files={datasets.PATH: "datasets: [gap\nversion: 1\n"},
            finds=(("this list is not closed or misses a comma", datasets.PATH, 1, 11),),
        ),
    ),
)
