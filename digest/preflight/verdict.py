"""How bad what was found is, by the settings; and whether it stops the issue. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from digest.config.tables import PreflightConfig
from digest.preflight import rules
from digest.preflight.links import Answered, dead_links, redirect_chains, relative_links
from digest.preflight.proof import Finding, Level, Proof

RULES: Mapping[str, Callable[[Proof], list[Finding]]] = {
    "relative_links": relative_links,
    "alternative_texts": rules.alternative_texts,
    "contrast": rules.contrast_of_text,
    "subject": rules.subject,
    "size": rules.size,
    "text_part": rules.text_part,
    "postal_address": rules.postal_address,
    "unsubscribe": rules.unsubscribe,
    "placeholders": rules.placeholders,
    "duplicates": rules.duplicates,
    "language": rules.language,
}
"""By the key in ``[preflight]``: what needs no network."""

LINK_RULES: Mapping[str, Callable[[Sequence[Answered]], list[Finding]]] = {
    "dead_links": dead_links,
    "redirect_chains": redirect_chains,
}
"""What needs somebody to look at links first."""


def judge(proofs: Iterable[Proof], settings: PreflightConfig) -> tuple[Finding, ...]:
    """Return what the rules found in *proofs* that the settings do not switch off.

    What all variants have in common is said once, without their names.
    """
    given = tuple(proofs)
    found: dict[Finding, list[str]] = {}
    for proof in given:
        for rule, look in RULES.items():
            level = settings.level_of(rule)
            if level == "off":
                continue
            for finding in look(proof):
                found.setdefault(_at_level(finding, level), []).append(proof.variant)
    return tuple(
        finding if len(variants) == len(given) else replace(finding, where=", ".join(variants))
        for finding, variants in found.items()
    )


def judge_links(answers: Sequence[Answered], settings: PreflightConfig) -> tuple[Finding, ...]:
    """Return what *answers* say of the links, as bad as the settings have it."""
    return tuple(
        _at_level(finding, level)
        for rule, look in LINK_RULES.items()
        if (level := settings.level_of(rule)) != "off"
        for finding in look(answers)
    )


def stops(findings: Iterable[Finding]) -> bool:
    """Return whether an issue with these *findings* must not be sent by itself."""
    return any(finding.level is Level.ERROR for finding in findings)


def _at_level(finding: Finding, level: str) -> Finding:
    """Return *finding* as bad as the settings say; what could not be looked at stays a note."""
    return finding if finding.level is Level.NOTE else replace(finding, level=Level(level))
