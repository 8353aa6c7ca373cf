"""The bodies of AuthZEN as OpenAPI shows them. They describe; `forms` reads."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

from rbac.api.authzen.batch import MOST, Semantic

# Each refusal is a message, whatever its status.
REFUSED = dict.fromkeys((400, 401, 403, 413, 429, 503), OpenApiTypes.STR)


class Shape(serializers.Serializer[Any]):
    """Named for the standard in the document, where a `Resource` or an `Action` alone could be anybody's."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.Meta = type("Meta", (), {"ref_name": f"AuthZen{cls.__name__}"})  # type: ignore[attr-defined]  # read by the schema


def _anything(*, required: bool = False) -> Any:
    return serializers.DictField(required=required)


class SubjectType(Shape):
    type = serializers.CharField(help_text="`user` or `service_account`")
    properties = _anything()


class Subject(SubjectType):
    id = serializers.CharField()


class Action(Shape):
    name = serializers.CharField()
    properties = _anything()


class ResourceType(Shape):
    type = serializers.CharField()
    properties = serializers.DictField(required=False, help_text="`scope` is the place in question; `/` without it")


class Resource(ResourceType):
    id = serializers.CharField()


class Evaluation(Shape):
    subject = Subject()
    action = Action()
    resource = Resource()
    context = _anything()


class EvaluationItem(Shape):
    """What is not here is taken from the request around it."""

    subject = Subject(required=False)
    action = Action(required=False)
    resource = Resource(required=False)
    context = _anything()


class Options(Shape):
    evaluations_semantic = serializers.ChoiceField(choices=list(Semantic), default=Semantic.ALL)


class Evaluations(EvaluationItem):
    evaluations = serializers.ListField(child=EvaluationItem(), required=False, max_length=MOST)
    options = Options(required=False)


class Decision(Shape):
    decision = serializers.BooleanField()
    context = _anything(required=True)


class Decisions(Shape):
    evaluations = Decision(many=True)


class PageAsked(Shape):
    token = serializers.CharField(required=False, help_text="`next_token` of the page before")
    limit = serializers.IntegerField(required=False, min_value=0)


class SubjectSearch(Shape):
    subject = SubjectType()
    action = Action()
    resource = Resource()
    context = _anything()
    page = PageAsked(required=False)


class ResourceSearch(Shape):
    subject = Subject()
    action = Action()
    resource = ResourceType()
    context = _anything()
    page = PageAsked(required=False)


class ActionSearch(Shape):
    subject = Subject()
    resource = Resource()
    context = _anything()
    page = PageAsked(required=False)


class PageFound(Shape):
    next_token = serializers.CharField(allow_blank=True, help_text="Empty where nothing is left")
    count = serializers.IntegerField()


class SubjectsFound(Shape):
    page = PageFound()
    results = Subject(many=True)


class ResourcesFound(Shape):
    page = PageFound()
    results = Resource(many=True)


class ActionsFound(Shape):
    page = PageFound()
    results = Action(many=True)


class Configuration(Shape):
    policy_decision_point = serializers.URLField()
    access_evaluation_endpoint = serializers.URLField()
    access_evaluations_endpoint = serializers.URLField()
    search_subject_endpoint = serializers.URLField()
    search_resource_endpoint = serializers.URLField()
    search_action_endpoint = serializers.URLField()
