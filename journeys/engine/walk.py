"""Walks travellers on, node by node and cohort by cohort, until each of them waits or has left.

Nothing is written here. Times are virtual: a visit ends when its cause happened, never after now.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import OperationalError, transaction

from customers.tags import TagSet
from journeys.engine.ledger import Ledger, Traveller
from journeys.engine.run import NodeFault, Run
from journeys.engine.versions import Version
from journeys.graph.schema import Graph
from journeys.models import EnrollmentState, HeldReason, TimerKind
from journeys.nodes.base import Answer, Finish, Leave, Member, Node, Stay, Wake, Want

GOAL, EXIT_RULE, STOPPED = "goal", "exit_rule", "stopped"
# Somebody who goes round a loop of waits that all lie in the past goes on in the next batch.
MOST_ROUNDS = 200

# Who is told what a node answers, as soon as it has: a simulation, which says why. Nobody else.
Witness = Callable[[Node, Sequence[Member], Sequence[Answer], Run], None]
witness: ContextVar[Witness | None] = ContextVar("witness", default=None)

_log = logging.getLogger(__name__)


class Walk:
    """One batch of travellers, some at every node of many versions."""

    def __init__(self, now: datetime, ledger: Ledger) -> None:
        self.now = now
        self.ledger = ledger
        self._runs: dict[int, Run] = {}
        self._known: dict[tuple[str, int, str], int] = {}

    def go(self, travellers: Sequence[Traveller]) -> None:
        """1. Look which goals are reached. 2. Ask each cohort's node where its members go, and
        move them there. 3. Go on with those who arrived somewhere, until nobody moves."""
        self.find_goals(travellers)
        moving = [
            t
            for t in travellers
            if t.state == EnrollmentState.ACTIVE and not self._only_woken_by_goal(t)
        ]
        for _round in range(MOST_ROUNDS):
            if not moving:
                return
            moving.sort(key=lambda t: (t.version.id, t.node))
            arrived: list[Traveller] = []
            for _key, cohort in groupby(moving, key=lambda t: (t.version.id, t.node)):
                arrived += self._step(list(cohort))
            moving = arrived
        for traveller in moving:
            self.ledger.look_again(traveller)

    def find_goals(self, travellers: Sequence[Traveller]) -> None:
        """Note when each of them reached the goal of her journey, if she has. One query each."""
        aiming = [t for t in travellers if t.goal_at is None and t.version.graph]
        aiming.sort(key=lambda t: t.version.id)
        for _id, group in groupby(aiming, key=lambda t: t.version.id):
            cohort = list(group)
            goal = cohort[0].version.graph.goal if cohort[0].version.graph else None
            if goal is None:
                continue
            run = self.run(cohort[0].version)
            windows = []
            for t in cohort:
                start = t.member.entered_at
                end = start + goal.within if goal.within else run.horizon
                windows.append((t.member, start, end, ""))
            try:
                with transaction.atomic():
                    heard = run.first_events(goal.event, windows, "", goal.where)
            except OperationalError:
                raise
            except Exception as error:
                self._set_all_aside(cohort, f"goal: {error}")
                continue
            for t, event in zip(cohort, heard, strict=True):
                if event is None:
                    continue
                if event.at > self.now:
                    # Who listens already gets a timer by herself; before that nobody knew.
                    if not t.was_waiting and t.member.visit == 1:
                        self.ledger.expect(
                            t, 0, Wake(TimerKind.EVENT, event.at, event.event_id, GOAL)
                        )
                    continue
                if t.state == EnrollmentState.FINISHED and not goal.within:
                    continue  # without a time of its own a goal ends with the walk
                if goal.stay or t.state == EnrollmentState.FINISHED:
                    t.goal_at, t.is_changed = event.at, True
                else:
                    t.goal_event_at = event.at

    def run(self, version: Version) -> Run:
        """What the nodes of *version* may ask in this batch."""
        if version.id not in self._runs:
            run = self._runs[version.id] = Run(self.now, version, self._known)
            graph = version.graph
            if graph is not None:
                named = [r for node in graph.nodes.values() for r in node.refers()]
                goal = [graph.goal.event] if graph.goal else []
                run.know_events([*goal, *(r.code for r in named if r.noun == "event")])
        return self._runs[version.id]

    def set_aside(self, traveller: Traveller, error: str) -> None:
        """Keep her where she stands, out of the others' way, with what would have moved her."""
        traveller.state = EnrollmentState.SET_ASIDE.value
        traveller.error = error[:400]
        traveller.is_changed = True
        held = [] if traveller.has_left else traveller.claimed
        if not held:
            self.ledger.look_again(traveller)
            held = [self.ledger.timers.pop()]
        again = [
            timer._replace(label="again") if timer.kind == TimerKind.ARRIVED else timer
            for timer in held
        ]
        self.ledger.hold(traveller.version.journey_id, HeldReason.SET_ASIDE, again)

    def finish(self, traveller: Traveller, reason: str, at: datetime) -> None:
        """End her walk."""
        if traveller.not_before:
            at = max(at, traveller.not_before)
        at = min(max(at, traveller.member.arrived_at), max(self.now, traveller.member.arrived_at))
        self.ledger.leave(traveller, reason, at)
        traveller.state = EnrollmentState.FINISHED.value
        traveller.finished_at = at
        goal = traveller.version.graph.goal if traveller.version.graph else None
        if goal and goal.within:
            # Reached after the walk, but within its own time.
            traveller.goal_at = traveller.goal_at or traveller.goal_event_at
        elif traveller.goal_at and traveller.goal_at > at:
            traveller.goal_at = None
        traveller.reason = reason
        traveller.is_changed = traveller.has_left = True

    # helpers

    def _only_woken_by_goal(self, t: Traveller) -> bool:
        """Whether nothing concerns the node where she waits; leaves if her goal is reached."""
        if not t.was_waiting or t.member.wakes:
            return False
        if t.goal_event_at is not None:
            self._reach(t, t.goal_event_at)
        return True

    def _reach(self, t: Traveller, at: datetime) -> None:
        t.goal_at = at
        self.finish(t, GOAL, at)

    def _step(self, cohort: list[Traveller]) -> list[Traveller]:
        """Move one cohort; return those who arrived at another node."""
        version = cohort[0].version
        graph = version.graph
        if graph is None or cohort[0].node not in graph.nodes:
            fault = version.fault or f"The journey has no node “{cohort[0].node}”."
            self._set_all_aside(cohort, fault)
            return []
        node, run = graph.nodes[cohort[0].node], self.run(version)
        if graph.exit_when or node.sees_customers:
            cohort = self._up_to_date(cohort)
            if not cohort:
                return []
        if graph.exit_when:
            cohort = self._leave_by_rule(cohort, run, graph.exit_when)
        arrived = []
        for t, answer in zip(cohort, self._answers(node, cohort, run), strict=True):
            if t.not_before and isinstance(answer, Leave | Finish):
                answer = answer._replace(at=max(answer.at, t.not_before))
            if isinstance(answer, str):
                self.set_aside(t, answer)
            elif isinstance(answer, Stay):
                self._stay(t, answer, run)
            elif t.goal_event_at is not None and t.goal_event_at <= answer.at:
                self._reach(t, t.goal_event_at)
            elif isinstance(answer, Finish):
                self.finish(t, answer.reason, answer.at)
            elif self._leave(t, answer, graph):
                arrived.append(t)
        return arrived

    def _up_to_date(self, cohort: list[Traveller]) -> list[Traveller]:
        """Who was changed by an act of this batch is looked at in the next one: a rule must see
        her as the act has left her."""
        for t in cohort:
            if t.is_ahead:
                self.ledger.look_again(t)
        return [t for t in cohort if not t.is_ahead]

    def _leave_by_rule(
        self, cohort: list[Traveller], run: Run, rule: Mapping[str, Any]
    ) -> list[Traveller]:
        """The journey's exit rule sees everybody before each step."""
        try:
            with transaction.atomic():
                out = run.matching(rule, [t.member for t in cohort])
        except OperationalError:
            raise
        except Exception as error:
            self._set_all_aside(cohort, f"exit_when: {error}")
            return []
        for t in cohort:
            if t.member.enrollment_id in out:
                wakes = t.member.wakes
                self.finish(t, EXIT_RULE, wakes[0].at if wakes else t.member.arrived_at)
        return [t for t in cohort if t.member.enrollment_id not in out]

    def _set_all_aside(self, cohort: Sequence[Traveller], error: str) -> None:
        _log.error("set a cohort of journey %s aside: %s", cohort[0].version.code, error)
        for t in cohort:
            if t.state == EnrollmentState.ACTIVE:
                self.set_aside(t, error)

    def _answers(self, node: Node, cohort: Sequence[Traveller], run: Run) -> Sequence[Answer | str]:
        """What the node says of each; the text of the error for those it can't answer for.

        A cohort that fails is halved until those who cause it stand alone.
        """
        try:
            with transaction.atomic():
                answers = list(node.walk([t.member for t in cohort], run))
            if len(answers) != len(cohort):
                raise NodeFault(f"{node.kind} gave {len(answers)} answers for {len(cohort)}.")
            if (told := witness.get()) is not None:
                told(node, [t.member for t in cohort], answers, run)
            return answers
        except OperationalError:
            raise  # a deadlock or a lost connection: the batch is tried again
        except NodeFault as fault:
            return [str(fault)] * len(cohort)
        except Exception as error:
            if len(cohort) > 1:
                half = len(cohort) // 2
                return [
                    *self._answers(node, cohort[:half], run),
                    *self._answers(node, cohort[half:], run),
                ]
            _log.exception(
                "set aside at node %s of journey %s: enrollment %s",
                node.key, run.journey.code, cohort[0].member.enrollment_id,
            )  # fmt: skip
            return [f"{type(error).__name__}: {error}"]

    def _stay(self, t: Traveller, answer: Stay, run: Run) -> None:
        if t.goal_event_at is not None:
            self._reach(t, t.goal_event_at)
            return
        if answer.ahead is not None:
            self.ledger.expect(t, t.member.visit, answer.ahead)
        if t.was_waiting and not t.has_left:
            # Listeners and timers of this wait are there; only a consumed one has to come back.
            if any(timer.kind == TimerKind.TIME for timer in t.claimed):
                self.ledger.stay(t, answer)
            return
        self.ledger.stay(t, answer)
        self.ledger.do(t, answer.does, t.member.arrived_at)
        self._want(t, answer.wants, t.member.arrived_at)
        member = t.member
        for listen in answer.listens:
            self.ledger.listen(
                t, member.visit, run.event_type_id(listen.event), listen.label,
                member.arrived_at, answer.until, (listen.match_property, listen.match_value),
            )  # fmt: skip

    def _want(self, t: Traveller, wants: Sequence[Want], at: datetime) -> None:
        """Note the messages that her visit wishes for, with the variables as they are now."""
        member = t.member
        for want in wants:
            if member.variables:
                variables = json.dumps(member.variables, ensure_ascii=False)
                want = want._replace(variables=variables)
            self.ledger.wants.append((member.enrollment_id, t.node, member.visit, want, at))

    def _leave(self, t: Traveller, answer: Leave, graph: Graph) -> bool:
        """Go to the next node; False when there is none and she is set aside."""
        member = t.member
        try:
            following = t.node if answer.again else graph.next_of(t.node, answer.outcome)
            if answer.puts:
                self.ledger.put(member, answer.puts)
        except KeyError:
            self.set_aside(t, f"The outcome “{answer.outcome}” of “{t.node}” leads nowhere.")
            return False
        except ValueError as error:
            self.set_aside(t, str(error))
            return False
        at = min(max(answer.at, member.arrived_at), max(self.now, member.arrived_at))
        self.ledger.leave(t, answer.outcome, at, answer.why)
        self._want(t, answer.wants, at)
        for tag_id, value, added in answer.tags:
            self.ledger.tags.append(TagSet(member.customer_id, tag_id, value, added, at))
            t.is_ahead = True
        self.ledger.do(t, answer.does, at)
        if answer.spends is not None:
            member.spent |= {answer.spends}
            t.last_spent = answer.spends
        member.visit += 1
        member.arrived_at = at
        member.wakes = []
        t.node = following
        t.is_changed = t.has_left = True
        self.ledger.arrive(t)
        return True
