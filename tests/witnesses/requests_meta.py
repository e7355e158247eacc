"""What Adplane sends to Meta, and what the emulator answers, by the lists of Meta's official client.

    requests_meta.py RECORD...

Each RECORD is a file of `adplane sandbox --record`. Every parameter of every call must be one that the client's method
for that call declares, with a value of the declared type; every member of objects inside parameters, of `fields=` and
of answers must be a field of the client's object. Declared as a bare object or map, members are free.
"""

import collections
import importlib
import json
import pathlib
import re
import sys
import urllib.parse
import warnings
from importlib.metadata import version

from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adactivity import AdActivity
from facebook_business.adobjects.adcreative import AdCreative
from facebook_business.adobjects.adimage import AdImage
from facebook_business.adobjects.adlabel import AdLabel
from facebook_business.adobjects.adspixel import AdsPixel
from facebook_business.adobjects.adreportrun import AdReportRun
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.adobjects.advideo import AdVideo
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.customaudience import CustomAudience
from facebook_business.adobjects.leadgenform import LeadgenForm
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi

from steps import Steps

# Understood by every call: section "Parameters" and "fields= and expansion" of the platform's overview pages.
GENERIC = {
    "access_token", "after", "appsecret_proof", "before", "date_format", "fields", "filtering", "limit", "locale",
    "summary",
}
# Node and edge by the client's own method.
EDGES = {
    (AdAccount, "campaigns"): (Campaign, "get_campaigns", "create_campaign"),
    (AdAccount, "adsets"): (AdSet, "get_ad_sets", "create_ad_set"),
    (AdAccount, "ads"): (Ad, "get_ads", "create_ad"),
    (AdAccount, "adcreatives"): (AdCreative, "get_ad_creatives", "create_ad_creative"),
    (AdAccount, "adimages"): (AdImage, "get_ad_images", "create_ad_image"),
    (AdAccount, "advideos"): (AdVideo, "get_ad_videos", "create_ad_video"),
    (AdAccount, "adlabels"): (AdLabel, "get_ad_labels", "create_ad_label"),
    (AdAccount, "activities"): (AdActivity, "get_activities", None),
    (AdAccount, "insights"): (AdsInsights, "get_insights", "get_insights_async"),
    (AdAccount, "customaudiences"): (CustomAudience, "get_custom_audiences", None),
    (AdAccount, "adspixels"): (AdsPixel, "get_ads_pixels", None),
    (Campaign, "adsets"): (AdSet, "get_ad_sets", None),
    (Campaign, "ads"): (Ad, "get_ads", None),
    (Campaign, "adlabels"): (AdLabel, None, "create_ad_label"),
    (AdSet, "ads"): (Ad, "get_ads", None),
    (AdSet, "activities"): (AdActivity, "get_activities", None),
    (AdSet, "adlabels"): (AdLabel, None, "create_ad_label"),
    (Ad, "adcreatives"): (AdCreative, "get_ad_creatives", None),
    (Ad, "adlabels"): (AdLabel, None, "create_ad_label"),
    (AdReportRun, "insights"): (AdsInsights, "get_insights", None),
    (User, "adaccounts"): (AdAccount, "get_ad_accounts", None),
    (Page, "leadgen_forms"): (LeadgenForm, "get_lead_gen_forms", None),
}
# Members that the client does not list and the vendor's reference does.
ALSO = {
    # "File upload" of Ad Image: the file is a part of any name.
    (AdImage, "filename"),
    # "Error codes", "Batch requests": what an answer holds besides the object.
    (None, "success"),
    # Ad, "creative": the id of one that exists stands under this name.
    (AdCreative, "creative_id"),
}


class Problem(Exception):
    """What is wrong with an exchange."""


def object_type(name):
    """The client's class of a type name, or None for what has no members."""
    try:
        module = importlib.import_module(f"facebook_business.adobjects.{name.lower()}")
    except ImportError:
        return None
    return getattr(module, name, None)


def check_members(kind, value, place):
    """Every member of an object, and of the objects inside, is a field of the client's class."""
    types = getattr(kind, "_field_types", None)
    if types is None or not isinstance(value, dict):
        return
    for name, part in value.items():
        if name not in types and not {(None, name), (kind, name)} & ALSO:
            raise Problem(f"`{place}.{name}`: {kind.__name__} has no such field")
        check_value(types.get(name), part, f"{place}.{name}")


def check_value(declared, value, place):
    """Follows a declared type such as `list<AdCreativeLinkDataChildAttachment>` into a value."""
    if declared is None or value is None:
        return
    inner = re.fullmatch(r"list<(.*)>", declared)
    if inner:
        # An edge inside a node comes with its page around it.
        items = value.get("data", []) if isinstance(value, dict) else value
        if not isinstance(items, list):
            raise Problem(f"`{place}` is not a list")
        for each in items:
            check_value(inner[1], each, place)
        return
    kind = object_type(declared)
    if kind is not None:
        check_members(kind, value, place)


def split_fields(text):
    """`a,b{c,d},e.limit(5){f}` as pairs of a name and the text in its braces."""
    depth, start, parts = 0, 0, []
    for at, letter in enumerate(text + ","):
        if letter in "{([":
            depth += 1
        elif letter in "})]":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    for part in filter(None, (part.strip() for part in parts)):
        name = re.match(r"\w+", part)[0]
        inner = re.search(r"\{(.*)\}$", part, re.DOTALL)
        yield name, inner[1] if inner else None


def check_fields(kind, text, place="fields"):
    types = kind._field_types
    for name, inner in split_fields(text):
        target = EDGES.get((kind, name), (None,))[0]
        if name not in types and target is None:
            raise Problem(f"`{place}`: {kind.__name__} has no field `{name}`")
        declared = re.sub(r"^list<(.*)>$", r"\1", types.get(name) or "")
        below = target or object_type(declared)
        if inner and below is not None:
            check_fields(below, inner, f"{place}.{name}")


def decoded(value):
    """A parameter as the client would hold it: lists and objects travel as JSON text."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


class Reader:
    """Knows which id is which kind of object, from the answers so far."""

    def __init__(self):
        api = FacebookAdsApi(type("Session", (), {"GRAPH": "", "requests": None, "timeout": None})())
        FacebookAdsApi.set_default_api(api)
        self.kinds = {}

    def learn(self, kind, answer):
        if not isinstance(answer, dict):
            return
        for each in answer.get("data") if isinstance(answer.get("data"), list) else [answer]:
            if isinstance(each, dict) and "id" in each:
                self.kinds[each["id"]] = kind
                if isinstance(each.get("creative"), dict) and "id" in each["creative"]:
                    self.kinds[each["creative"]["id"]] = AdCreative
        if "report_run_id" in answer:
            self.kinds[answer["report_run_id"]] = AdReportRun

    def kind_of(self, node):
        if node.startswith("act_"):
            return AdAccount
        return User if node == "me" else self.kinds.get(node)

    def call(self, method, path):
        """The client's object behind a path, what answers hold, and the client's method."""
        segments = [part for part in path.split("/") if part and not re.fullmatch(r"v\d+\.\d+", part)]
        kind = self.kind_of(segments[0])
        if kind is None:
            raise Problem(f"the kind of `{segments[0]}` is not known")
        if len(segments) == 1:
            name = {"GET": "api_get", "POST": "api_update", "DELETE": "api_delete"}[method]
            return kind, kind, getattr(kind, name, None)
        target, get, create = EDGES.get((kind, segments[1]), (None, None, None))
        name = {"GET": get, "POST": create}.get(method)
        if name is None:
            raise Problem(f"{method} {kind.__name__}/{segments[1]} is not a call of the client")
        return kind, target, getattr(kind, name, None) if name else None

    def check_request(self, method, path, params):
        kind, target, function = self.call(method, path)
        if function is None:
            raise Problem(f"the client has no method for {method} {path}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pending = function(kind(fbid="1", api=FacebookAdsApi.get_default_api()), pending=True)
        checker = pending._param_checker
        for name, raw in params.items():
            value = decoded(raw)
            if name == "fields":
                check_fields(target, raw if isinstance(value, str) else ",".join(value))
            elif name in GENERIC or (target, name) in ALSO or isinstance(raw, dict):
                continue
            elif not checker.is_valid_key(name):
                raise Problem(f"`{name}` is not a parameter of {kind.__name__}.{function.__name__}")
            else:
                check_value(checker.get_type(name), value, name)
                self.check_type(checker, name, value)
        return target

    @staticmethod
    def check_type(checker, name, value):
        declared = checker.get_type(name)
        if isinstance(value, str) and declared in ("int", "unsigned int", "float"):
            float(value)
        elif isinstance(value, str) and declared == "bool":
            if value not in ("true", "false"):
                raise Problem(f"`{name}` is {value!r}, not a boolean")
        elif not isinstance(value, str) or declared in checker._enum_data:
            if not checker.is_type(declared, value) and not isinstance(value, dict):
                raise Problem(f"`{name}` is {str(value)[:80]!r}, not {declared}")

    def check_response(self, target, answer):
        self.learn(target, answer)
        if not isinstance(answer, dict) or "error" in answer:
            return
        rows = answer["data"] if isinstance(answer.get("data"), list) else [answer]
        for row in rows:
            if set(row) <= {"id", "success", "report_run_id", "images", "video_id", "upload_session_id",
                            "start_offset", "end_offset", "fbtrace_id"}:
                continue
            check_members(target, row, target.__name__)


def calls_of(exchange):
    """The calls of an exchange: itself, or those of its batch."""
    body = exchange["request"]
    pairs = body if isinstance(body, list) else list((body or {}).items())
    params = dict(exchange["query"]) | dict(pairs)
    if "batch" not in params:
        yield exchange["method"], exchange["path"], params, exchange["status"], exchange["response"]
        return
    answers = exchange["response"] if isinstance(exchange["response"], list) else []
    for item, answer in zip(decoded(params["batch"]), answers):
        url = urllib.parse.urlsplit(item["relative_url"])
        inner = dict(urllib.parse.parse_qsl(url.query)) | dict(urllib.parse.parse_qsl(item.get("body", "")))
        response = json.loads(answer["body"]) if answer else None
        yield item["method"], url.path, inner, answer["code"] if answer else 0, response


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(f"facebook-business {version('facebook-business')}")
    steps, counts = Steps(), collections.Counter()
    for record in sys.argv[1:]:
        reader = Reader()
        with open(record, encoding="utf-8") as lines:
            exchanges = [json.loads(line) for line in lines]
        for exchange in (each for each in exchanges if each["platform"] == "meta"):
            if re.search(r"/(oauth|debug_token|search|content)\b", exchange["path"]):
                continue
            for method, path, params, status, response in calls_of(exchange):
                # Of many nodes, or one that an earlier item of the batch makes, the kind is not told.
                if "ids" in params or "{result=" in path:
                    continue
                # Facts send what is wrong on purpose, to be refused.
                if pathlib.Path(record).stem.startswith("facts") and status != 200:
                    continue
                try:
                    target = reader.check_request(method, path, params)
                    if status == 200:
                        reader.check_response(target, response)
                    short = re.sub(r"\d{4,}", "N", re.sub(r"^/?v\d+\.\d+/", "", path.strip("/") + "/")).strip("/")
                    counts[f"{method} {short} {target.__name__}"] += 1
                except (Problem, ValueError) as problem:
                    steps.fail(f"{pathlib.Path(record).stem} exchange {exchange['seq']} {method} {path}", problem)
    for name, number in sorted(counts.items()):
        steps.ok(f"{name} x{number}")
    steps.end(f"{sum(counts.values())} calls by the client's own lists")


if __name__ == "__main__":
    main()
