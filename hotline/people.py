"""Who acts on a work order: the citizen, staff, a handling unit, or the system itself. No login here."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.states import Role


@dataclass(frozen=True)
class Actor:
    """One person or process in one role. `unit` is set for the staff of a handling unit."""

    name: str
    role: Role
    unit: str = ""


SYSTEM = Actor("system", Role.SYSTEM)
CITIZEN = Actor("citizen", Role.CITIZEN)
