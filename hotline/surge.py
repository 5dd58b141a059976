"""Is a matter growing faster than chance? The count of one period against that of the period before.

Counts are of citizens, not of messages: one person who writes ten times is no surge. The rule is a default of this
system, no official one.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import betaincinv

LEAST_CITIZENS = 5  # in the current period
LEAST_GROWTH = 1.5  # the lower bound of the ratio must be above it
CONFIDENCE = 0.95  # one-sided
RULE = (
    f"预警规则：本期不少于{LEAST_CITIZENS}位诉求人，且本期与上期（等长）人数之比的{CONFIDENCE:.0%}单侧置信下限"
    f"（泊松率比，精确法）大于{LEAST_GROWTH:g}倍。此为本系统默认规则，非官方规定。"
)


@dataclass(frozen=True)
class Growth:
    """Citizens now and in the period before, which is as long."""

    now: int
    before: int

    @property
    def ratio(self) -> float | None:
        """2.0: twice as many; None when there were none."""
        return self.now / self.before if self.before else None

    @property
    def least_ratio(self) -> float:
        """Lower bound of the ratio of the two Poisson rates.

        Given their sum, the first count is binomial (Przyborowski and Wilenski 1940); the bound of its share is that of
        Clopper and Pearson.
        """
        if self.now == 0:
            return 0.0
        share = float(betaincinv(self.now, self.before + 1, 1 - CONFIDENCE))
        return share / (1 - share)

    @property
    def is_surge(self) -> bool:
        return self.now >= LEAST_CITIZENS and self.least_ratio > LEAST_GROWTH
