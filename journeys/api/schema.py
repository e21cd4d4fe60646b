"""How the OpenAPI document describes journeys. Reading itself is in the views."""

from __future__ import annotations

from rest_framework import serializers


class ProblemPlaceAnswer(serializers.Serializer):
    place = serializers.CharField(help_text="Such as nodes.wait.at_most.")
    text = serializers.CharField()
    is_warning = serializers.BooleanField()


class JourneyAnswer(serializers.Serializer):
    """A journey without its graph."""

    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    state = serializers.CharField(
        help_text="draft, running, paused, draining, stopped or archived."
    )
    priority = serializers.IntegerField()
    campaign = serializers.CharField(allow_null=True, help_text="Code of its campaign.")
    version = serializers.IntegerField(allow_null=True, help_text="The one that new people enter.")
    draft_number = serializers.IntegerField(help_text="Grows with every change of the draft.")
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()


class JourneysAnswer(serializers.Serializer):
    journeys = JourneyAnswer(many=True)
    next = serializers.CharField(allow_blank=True, help_text="The `after` of the next page.")


class JourneyGraphAnswer(JourneyAnswer):
    """A journey with the graph that was asked for: its draft, or `?version=`."""

    graph = serializers.DictField(help_text="As it is written; `journey` is its code.")


class SavedAnswer(JourneyAnswer):
    is_new = serializers.BooleanField()
    is_changed = serializers.BooleanField()
    warnings = ProblemPlaceAnswer(many=True)


class EditedAnswer(JourneyAnswer):
    key = serializers.CharField(help_text="The step to look at next, empty when there is none.")
    problems = ProblemPlaceAnswer(many=True)


class CheckedAnswer(serializers.Serializer):
    valid = serializers.BooleanField()
    problems = ProblemPlaceAnswer(many=True)


class SimulateBody(serializers.Serializer):
    """Who walks, from when on, and what happens, step by step."""

    customer = serializers.DictField(
        required=False,
        help_text="Invented: name, language, timezone, attributes, tags, identities, consents "
        "[{channel, purpose, state}], segments [code], draw. Or {id} of a customer.",
    )
    start = serializers.CharField(
        required=False, help_text="A moment; without a zone on the journey's clock. Default: now."
    )
    steps = serializers.ListField(child=serializers.DictField(), required=False)
    graph = serializers.JSONField(
        required=False, help_text="A graph to walk instead of the draft; JSON, or YAML as a text."
    )


class SimulatedLineAnswer(serializers.Serializer):
    at = serializers.DateTimeField()
    kind = serializers.CharField(
        help_text="event, entry, refused, step, wait, gate, message, end, clock or fault."
    )
    step = serializers.IntegerField(help_text="Which step of the script brought it, from 0.")
    text = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    node = serializers.CharField(required=False)
    outcome = serializers.CharField(required=False)
    message = serializers.DictField(
        required=False,
        help_text="channel, content, address, subject, body, html, language and variant.",
    )


class SimulatedWayAnswer(serializers.Serializer):
    node = serializers.CharField()
    outcome = serializers.CharField()


class SimulatedStandAnswer(serializers.Serializer):
    node = serializers.CharField()
    state = serializers.CharField(help_text="active, finished or set_aside.")
    since = serializers.DateTimeField()
    reason = serializers.CharField(allow_blank=True)


class SimulatedAwaitAnswer(serializers.Serializer):
    node = serializers.CharField()
    outcomes = serializers.ListField(child=serializers.CharField())


class SimulatedAnswer(serializers.Serializer):
    now = serializers.DateTimeField(help_text="What the clock shows at the end.")
    next_at = serializers.DateTimeField(allow_null=True, help_text="When something is due next.")
    log = SimulatedLineAnswer(many=True)
    path = SimulatedWayAnswer(many=True)
    stands = SimulatedStandAnswer(many=True, help_text="Where her walks stand at the end.")
    awaits = SimulatedAwaitAnswer(many=True, help_text="Steps that wait for an answer.")
    cut = serializers.CharField(
        allow_blank=True, help_text="Why the story ends before its script does; empty: it does not."
    )


class ForeseeBody(serializers.Serializer):
    days = serializers.IntegerField(required=False, min_value=1, max_value=30)
    graph = serializers.JSONField(
        required=False, help_text="A graph to walk instead of the draft; JSON, or YAML as a text."
    )


class ForeseenDayAnswer(serializers.Serializer):
    day = serializers.DateField()
    n = serializers.IntegerField()


class ForeseenStepAnswer(serializers.Serializer):
    node = serializers.CharField()
    days = ForeseenDayAnswer(many=True)


class ForeseenChannelAnswer(serializers.Serializer):
    channel = serializers.CharField()
    days = ForeseenDayAnswer(many=True)


class ForeseenRuleAnswer(serializers.Serializer):
    channel = serializers.CharField()
    rule = serializers.CharField(allow_blank=True, help_text="Empty: not looked at yet.")
    n = serializers.IntegerField()


class ForeseenAnswer(serializers.Serializer):
    """Figures are of everybody; of a sample they are multiplied by `share`."""

    people = serializers.IntegerField(help_text="Whom the triggers could take.")
    share = serializers.IntegerField(help_text="One in so many of them has walked.")
    start = serializers.DateTimeField()
    until = serializers.DateTimeField()
    entered = serializers.IntegerField()
    steps = ForeseenStepAnswer(many=True)
    messages = ForeseenChannelAnswer(many=True, help_text="Those that the gate lets go.")
    stopped = ForeseenRuleAnswer(many=True)
    waiting = ForeseenRuleAnswer(many=True)
    unknown = serializers.ListField(
        child=serializers.CharField(), help_text="Triggers of which nobody knows whom they take."
    )
    cut = serializers.CharField(allow_blank=True, help_text="Why it ends before its time.")


class PublishBody(serializers.Serializer):
    note = serializers.CharField(max_length=240, required=False)
    people = serializers.DictField(
        child=serializers.ChoiceField(["move", "stay", "leave"]),
        required=False,
        help_text="What becomes of who stands at each step of the old version; “*” for the rest.",
    )


class PublishedAnswer(JourneyAnswer):
    moving = serializers.IntegerField(help_text="People who are being moved or leave.")


class AroundAnswer(serializers.Serializer):
    node = serializers.CharField()
    what = serializers.CharField(help_text="changed or removed.")
    words = serializers.ListField(child=serializers.CharField())
    before = serializers.IntegerField(help_text="People on their way to it.")
    at = serializers.IntegerField()
    after = serializers.IntegerField()
    options = serializers.ListField(child=serializers.CharField())


class PreviewAnswer(serializers.Serializer):
    """What publishing the draft would change, and for how many."""

    version = serializers.IntegerField(allow_null=True, help_text="The one that is replaced.")
    inside = serializers.IntegerField()
    changes = AroundAnswer(many=True)
    valid = serializers.BooleanField()
    problems = ProblemPlaceAnswer(many=True)


class ResumeBody(serializers.Serializer):
    late = serializers.ChoiceField(
        ["send", "skip", "ask"], required=False,
        help_text="What becomes of what fell due meanwhile; default: as the journey says.",
    )  # fmt: skip


class NodeAnswer(serializers.Serializer):
    node = serializers.CharField()
    kind = serializers.CharField()
    arrived = serializers.IntegerField()
    here = serializers.IntegerField(help_text="Those who are set aside included.")
    set_aside = serializers.IntegerField()
    outcomes = serializers.DictField(child=serializers.IntegerField())
    stopped = serializers.IntegerField(help_text="Messages that the gate stopped.")


class CountsAnswer(serializers.Serializer):
    version = serializers.IntegerField()
    entered = serializers.IntegerField()
    inside = serializers.IntegerField()
    set_aside = serializers.IntegerField()
    goals = serializers.IntegerField()
    finished = serializers.DictField(child=serializers.IntegerField(), help_text="By reason.")
    nodes = NodeAnswer(many=True)


class EnrollmentAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    customer_id = serializers.IntegerField()
    journey = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.CharField(help_text="active, finished or set_aside.")
    node = serializers.CharField()
    entered_at = serializers.DateTimeField()
    arrived_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="When her wait ends at latest.")
    finished_at = serializers.DateTimeField(allow_null=True)
    exit_reason = serializers.CharField(allow_blank=True)
    goal_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(allow_blank=True)


class PeopleAnswer(serializers.Serializer):
    people = EnrollmentAnswer(many=True)
    next = serializers.CharField(allow_blank=True)


class StepAnswer(serializers.Serializer):
    node = serializers.CharField()
    outcome = serializers.CharField()
    arrived_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField()
    why = serializers.JSONField(allow_null=True)
    version = serializers.IntegerField()


class WantedAnswer(serializers.Serializer):
    node = serializers.CharField()
    content = serializers.CharField()
    channel = serializers.CharField()
    wanted_at = serializers.DateTimeField()
    verdict = serializers.CharField(help_text="waiting, deferred, allowed or stopped.")
    rule = serializers.CharField(allow_blank=True)
    why = serializers.ListField(child=serializers.CharField())
    message = serializers.CharField(allow_null=True, help_text="What became of it.")


class RefusedAnswer(WantedAnswer):
    id = serializers.IntegerField(help_text="Of the message: GET /api/v1/messages/<id>.")
    customer_id = serializers.IntegerField()
    enrollment = serializers.IntegerField()
    decided_at = serializers.DateTimeField(allow_null=True)


class RefusalsAnswer(serializers.Serializer):
    """What the gate said of the messages of a step; by rule how many."""

    version = serializers.IntegerField()
    node = serializers.CharField()
    allowed = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="At which the gate has not looked yet.")
    stopped = serializers.DictField(child=serializers.IntegerField())
    deferred = serializers.DictField(child=serializers.IntegerField())
    messages = RefusedAnswer(many=True, help_text="Stopped or deferred, the latest first.")
    next = serializers.CharField(allow_blank=True)


class WalkAnswer(EnrollmentAnswer):
    """A walk with every step that is still kept, and every message that it wanted."""

    path = StepAnswer(many=True)
    messages = WantedAnswer(many=True)


class MoveBody(serializers.Serializer):
    enrollments = serializers.ListField(
        child=serializers.IntegerField(), required=False, max_length=200,
        help_text="Of which walks; without it everybody at the step.",
    )  # fmt: skip
    outcome = serializers.CharField(required=False, help_text="By which way they go on.")


class MoveAnswer(serializers.Serializer):
    move = serializers.IntegerField()
    meant = serializers.IntegerField(help_text="People who are moved, bucket by bucket.")
