"""A customer walks through a journey with a clock that is moved by hand, and nothing ever happens.

The engine, the door, the gate and the outbox do what they always do, on tables that one transaction
has for itself and gives up at its end (`config.database.apart`): there is no second opinion about
any step, and PostgreSQL itself lets nothing out. Whatever was decided is told with its reason.
"""

from journeys.simulation.result import Simulated
from journeys.simulation.run import clock_for, simulate
from journeys.simulation.script import Script, ScriptUnreadable, read_script

__all__ = ["Script", "ScriptUnreadable", "Simulated", "clock_for", "read_script", "simulate"]
