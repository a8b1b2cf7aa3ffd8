"""Which of several relays is next: each as often as its weight says, those that fail left out.

Smooth weighted round robin: weights 3 and 1 give a, a, b, a rather than a, a, a, b.

Pure: the same questions in the same order have the same answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from digest.mail.pace.breaker import Breaker

_FRESH = Breaker()


class Rotation:
    """Chooses between relays."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        """Prepare to choose.

        Args:
            weights: By the relay's name. 0 stands for a reserve: it is used only while none of the
                others can be; of several reserves the first that can be used.

        Raises:
            ValueError: if a weight is negative.
        """
        if any(weight < 0 for weight in weights.values()):
            raise ValueError("The weight of a relay must not be negative.")
        self._weights = dict(weights)
        self._credit = dict.fromkeys(weights, 0.0)

    def choose(self, breakers: Mapping[str, Breaker], at: float) -> str | None:
        """Return the relay to use next; ``None`` if none can be used now.

        Args:
            breakers: By name; a relay without one can be used.
            at: The time, for the breakers.
        """
        usable = [name for name in self._weights if breakers.get(name, _FRESH).admits(at)]
        weighted = [name for name in usable if self._weights[name]]
        if not weighted:
            return usable[0] if usable else None
        for name in weighted:
            self._credit[name] += self._weights[name]
        chosen = max(weighted, key=self._credit.__getitem__)
        self._credit[chosen] -= sum(self._weights[name] for name in weighted)
        return chosen
