"""From what was measured to the result of a run."""

from __future__ import annotations

from ipcore.claims.evidence import Evidence
from ipcore.claims.experiments import WIDTH
from ipcore.claims.findings import FINDINGS
from ipcore.claims.record import versions
from ipcore.claims.results import Result, Settings
from ipcore.claims.running import Measured


def judge(measured: Measured) -> Result:
    """The verdicts on the claims of a plan, from what was measured so far.

    Args:
        measured: what was measured.
    """
    plan, evidence = measured.plan, Evidence(measured)
    result = Result(
        settings=Settings(
            dataset=plan.dataset,
            quick=plan.quick,
            seeds=plan.seeds,
            first_seed=plan.first_seed,
            claims=list(plan.claims),
            width=WIDTH,
            steps=plan.size.steps,
            train_examples=plan.train_examples,
            learning_rates=list(plan.size.rates),
            depths=list(plan.size.depths),
            networks=plan.network_count,
        ),
        versions=versions(),
        cells=evidence.cells(),
        failures=dict(sorted(measured.failures.items())),
    )
    return result.having({claim: FINDINGS[claim](evidence) for claim in plan.claims})
