"""Meta's official client drives the Meta emulator: every kind of call that it offers for ads.

    meta_ads.py URL

URL is the root of a sandbox with a virtual clock. The client is unchanged but for the host: its requests for Graph's
hosts go to the sandbox instead.
"""

import json
import os
import struct
import sys
import tempfile
import urllib.parse
import urllib.request
import zlib
from importlib.metadata import version

from requests.adapters import HTTPAdapter

from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adcreative import AdCreative
from facebook_business.adobjects.adimage import AdImage
from facebook_business.adobjects.adlabel import AdLabel
from facebook_business.adobjects.adreportrun import AdReportRun
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.adobjects.advideo import AdVideo
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from steps import Steps, expect

TOKEN = "sandbox-token"
ACCOUNT = "act_1000000001"
PAGE = "111"
PIXEL = "1122334455"
HOSTS = ("https://graph.facebook.com", "https://graph-video.facebook.com")


class ToSandbox(HTTPAdapter):
    """Sends what is meant for Graph to the sandbox."""

    def __init__(self, url):
        super().__init__()
        self.root = urllib.parse.urlsplit(url.rstrip("/") + "/meta")

    def send(self, request, **options):
        asked = urllib.parse.urlsplit(request.url)
        target = asked._replace(scheme=self.root.scheme, netloc=self.root.netloc, path=self.root.path + asked.path)
        request.url = urllib.parse.urlunsplit(target)
        return super().send(request, **options)


def api_for(url, token, secret=None):
    session = FacebookSession(access_token=token, app_secret=secret)
    for host in HOSTS:
        session.requests.mount(host, ToSandbox(url))
    return FacebookAdsApi(session)


def picture(side):
    """A square PNG of one colour."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x20\x60\xa0" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


class Witness:
    """One account, step by step."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.steps = Steps()
        FacebookAdsApi.set_default_api(api_for(url, TOKEN))
        self.account = AdAccount(ACCOUNT)
        self.folder = tempfile.TemporaryDirectory()
        self.made = {}

    def control(self, endpoint, body):
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{endpoint}", data, {"content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as target:
            target.write(content)
        return path

    # Accounts

    def read_account(self):
        wanted = ["id", "account_id", "name", "currency", "timezone_name", "account_status", "min_daily_budget"]
        account = self.account.api_get(fields=wanted)
        expect(account["id"] == ACCOUNT and account["account_id"] == ACCOUNT[4:], account)
        expect(account["currency"] == "EUR" and account["account_status"] == 1, account)

    def list_accounts(self):
        accounts = list(User("me").get_ad_accounts(fields=["id", "currency"]))
        expect(ACCOUNT in [account["id"] for account in accounts], accounts)

    # Files

    def upload_image(self):
        image = AdImage(parent_id=ACCOUNT)
        image[AdImage.Field.filename] = self.file("witness.png", picture(640))
        image.remote_create()
        expect(image[AdImage.Field.hash] and image.get_hash(), image)
        self.made["image"] = image[AdImage.Field.hash]

    def list_images(self):
        images = list(self.account.get_ad_images(
            fields=["hash", "name", "width", "height", "status"], params={"hashes": [self.made["image"]]}))
        expect(len(images) == 1 and images[0]["width"] == 640, images)

    def upload_video(self):
        video = AdVideo(parent_id=ACCOUNT)
        video[AdVideo.Field.filepath] = self.file("witness.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(4096))
        video.remote_create()
        expect(video.get_id(), video)
        self.made["video"] = video.get_id()

    def read_video(self):
        self.control("clock", {"advance": "10m"})
        video = AdVideo(self.made["video"]).api_get(fields=["id", "title", "status", "length"])
        expect(video["status"]["video_status"] == "ready", video)

    # Campaigns

    def validate_campaign(self):
        before = len(self.account.get_campaigns())
        params = self.campaign_params("never") | {"execution_options": ["validate_only"]}
        answer = self.account.create_campaign(params=params)
        expect(not answer.get_id(), answer)
        expect(len(self.account.get_campaigns()) == before, "validate_only stored something")

    @staticmethod
    def campaign_params(name):
        return {
            "name": name, "objective": "OUTCOME_TRAFFIC", "status": "PAUSED", "special_ad_categories": [],
            "buying_type": "AUCTION", "is_adset_budget_sharing_enabled": False,
        }

    def create_campaign(self):
        campaign = self.account.create_campaign(fields=["id", "name"], params=self.campaign_params("Witness 0"))
        expect(campaign["id"] and campaign["name"] == "Witness 0", campaign)
        self.made["campaign"] = campaign["id"]

    def read_campaign(self):
        wanted = ["id", "account_id", "name", "objective", "status", "effective_status", "configured_status",
                  "created_time", "updated_time", "special_ad_categories", "buying_type"]
        campaign = Campaign(self.made["campaign"]).api_get(fields=wanted)
        expect(campaign["objective"] == "OUTCOME_TRAFFIC" and campaign["status"] == "PAUSED", campaign)
        expect(campaign["special_ad_categories"] == [], campaign)
        unknown = set(campaign) - set(Campaign._field_types)
        expect(not unknown, f"fields that the client does not know: {unknown}")

    def page_campaigns(self):
        for number in range(1, 8):
            self.account.create_campaign(params=self.campaign_params(f"Witness {number}"))
        cursor = self.account.get_campaigns(fields=["id", "name"], params={"limit": 3})
        names = [campaign["name"] for campaign in cursor]
        wanted = {f"Witness {number}" for number in range(8)}
        expect(wanted <= set(names) and len(names) == len(set(names)), names)
        expect(cursor.total() == len(names), f"summary says {cursor.total()}")

    def filter_campaigns(self):
        condition = [{"field": "name", "operator": "CONTAIN", "value": "Witness 3"}]
        found = list(self.account.get_campaigns(fields=["name"], params={"filtering": condition}))
        expect([campaign["name"] for campaign in found] == ["Witness 3"], found)

    def filter_by_status(self):
        active = self.account.get_campaigns(params={"effective_status": ["ACTIVE"]})
        paused = self.account.get_campaigns(params={"effective_status": ["PAUSED"]})
        expect(len(active) == 0 and len(list(paused)) >= 8, f"{len(active)} active, {len(paused)} paused")

    def update_campaign(self):
        campaign = Campaign(self.made["campaign"])
        answer = campaign.api_update(params={"name": "Witness renamed", "spend_cap": 50000})
        expect(answer.get("success") is True or answer.get_id(), answer)
        read = campaign.api_get(fields=["name", "spend_cap"])
        expect(read["name"] == "Witness renamed" and read["spend_cap"] == "50000", read)

    # Ad sets, creatives, ads

    def create_ad_set(self):
        params = {
            "name": "Witness set", "campaign_id": self.made["campaign"], "status": "PAUSED", "daily_budget": 2500,
            "billing_event": "IMPRESSIONS", "optimization_goal": "LINK_CLICKS",
            "bid_strategy": "LOWEST_COST_WITHOUT_CAP", "dsa_beneficiary": "Shop", "dsa_payor": "Shop",
            "targeting": {"geo_locations": {"countries": ["ES"]}, "age_min": 21, "age_max": 55,
                          "targeting_automation": {"advantage_audience": 0}},
        }
        self.made["ad_set"] = self.account.create_ad_set(params=params)["id"]

    def read_ad_set(self):
        wanted = ["id", "campaign_id", "daily_budget", "targeting", "optimization_goal", "billing_event",
                  "effective_status", "bid_strategy", "dsa_beneficiary", "start_time", "learning_stage_info"]
        read = AdSet(self.made["ad_set"]).api_get(fields=wanted)
        expect(read["daily_budget"] == "2500" and read["campaign_id"] == self.made["campaign"], read)
        expect(read["targeting"]["geo_locations"]["countries"] == ["ES"], read)
        unknown = set(read) - set(AdSet._field_types)
        expect(not unknown, f"fields that the client does not know: {unknown}")

    def update_ad_set(self):
        ad_set = AdSet(self.made["ad_set"])
        ad_set.api_update(params={"daily_budget": 3000})
        expect(ad_set.api_get(fields=["daily_budget"])["daily_budget"] == "3000", "the budget did not change")

    def create_creative(self):
        story = {"page_id": PAGE, "link_data": {
            "link": "https://example.com/", "message": "Rain again", "name": "Jackets",
            "image_hash": self.made["image"],
            "call_to_action": {"type": "SHOP_NOW", "value": {"link": "https://example.com/"}}}}
        creative = self.account.create_ad_creative(params={"name": "Witness creative", "object_story_spec": story})
        self.made["creative"] = creative["id"]

    def read_creative(self):
        wanted = ["id", "name", "object_story_spec", "status", "effective_object_story_id", "image_hash"]
        read = AdCreative(self.made["creative"]).api_get(fields=wanted)
        expect(read["object_story_spec"]["link_data"]["message"] == "Rain again", read)

    def create_ad(self):
        params = {"name": "Witness ad", "adset_id": self.made["ad_set"], "status": "PAUSED",
                  "creative": {"creative_id": self.made["creative"]}}
        self.made["ad"] = self.account.create_ad(params=params)["id"]

    def read_ad(self):
        read = Ad(self.made["ad"]).api_get(fields=["id", "adset_id", "campaign_id", "creative", "effective_status",
                                                   "status", "issues_info", "ad_review_feedback"])
        expect(read["creative"]["id"] == self.made["creative"], read)
        expect(read["adset_id"] == self.made["ad_set"], read)

    def follow_edges(self):
        campaign, ad_set = Campaign(self.made["campaign"]), AdSet(self.made["ad_set"])
        expect([each["id"] for each in campaign.get_ad_sets(fields=["id"])] == [self.made["ad_set"]], "ad sets")
        expect([each["id"] for each in campaign.get_ads(fields=["id"])] == [self.made["ad"]], "ads of the campaign")
        expect([each["id"] for each in ad_set.get_ads(fields=["id"])] == [self.made["ad"]], "ads of the ad set")
        creatives = Ad(self.made["ad"]).get_ad_creatives(fields=["id"])
        expect([each["id"] for each in creatives] == [self.made["creative"]], "creatives of the ad")

    def labels(self):
        label = self.account.create_ad_label(params={"name": "witness:label"})
        expect(label["id"], label)
        Campaign(self.made["campaign"]).create_ad_label(params={"adlabels": [{"id": label["id"]}]})
        read = Campaign(self.made["campaign"]).api_get(fields=["adlabels"])
        expect([each["name"] for each in read["adlabels"]] == ["witness:label"], read)
        listed = self.account.get_ad_labels(fields=["id", "name"])
        expect("witness:label" in [each["name"] for each in listed], listed)
        AdLabel(label["id"]).api_delete()

    # Batch

    def batch(self):
        found, failed = [], []
        batch = FacebookAdsApi.get_default_api().new_batch()
        for id_ in (self.made["campaign"], "1"):
            Campaign(id_).api_get(fields=["id", "name"], batch=batch, success=found.append, failure=failed.append)
        self.account.create_campaign(params=self.campaign_params("Witness batch"), batch=batch,
                                     success=found.append, failure=failed.append)
        left = batch.execute()
        expect(left is None and len(found) == 2 and len(failed) == 1, f"{len(found)} found, {len(failed)} failed")
        expect(found[0].json()["name"] == "Witness renamed", found[0].json())
        expect(failed[0].error().api_error_code() == 100, failed[0].json())
        Campaign(found[1].json()["id"]).api_delete()

    # Reports

    def run(self):
        for id_, kind in (("campaign", Campaign), ("ad_set", AdSet), ("ad", Ad)):
            kind(self.made[id_]).api_update(params={"status": "ACTIVE"})
        self.control("clock", {"advance": "72h"})
        read = Ad(self.made["ad"]).api_get(fields=["effective_status"])
        expect(read["effective_status"] == "ACTIVE", read)

    def insights(self):
        fields = ["campaign_id", "impressions", "clicks", "spend", "date_start", "date_stop", "actions"]
        params = {"level": "campaign", "date_preset": "maximum", "time_increment": 1}
        rows = list(self.account.get_insights(fields=fields, params=params))
        expect(rows and isinstance(rows[0], AdsInsights), "no row for a running campaign")
        row = rows[0]
        expect(isinstance(row["impressions"], str) and float(row["spend"]) >= 0, row)
        unknown = {name for row in rows for name in row} - set(AdsInsights._field_types)
        expect(not unknown, f"fields that the client does not know: {unknown}")

    def async_insights(self):
        params = {"level": "ad", "date_preset": "maximum", "time_increment": "all_days"}
        job = self.account.get_insights(fields=["ad_id", "impressions", "spend"], params=params, is_async=True)
        expect(isinstance(job, AdReportRun) and job["report_run_id"], job)
        for _ in range(20):
            job = job.api_get()
            if job[AdReportRun.Field.async_status] == "Job Completed":
                break
            self.control("clock", {"advance": "5s"})
        expect(job[AdReportRun.Field.async_percent_completion] == 100, job)
        rows = list(job.get_insights())
        expect([row["ad_id"] for row in rows] == [self.made["ad"]], rows)

    def activities(self):
        events = list(self.account.get_activities(fields=["event_type", "event_time", "object_id", "actor_name"]))
        expect(any(event["object_id"] == self.made["campaign"] for event in events), events[:3])

    # Refusals

    def refused(self, action, statuses, code, subcode=None):
        try:
            action()
        except FacebookRequestError as error:
            got = (error.http_status(), error.api_error_code())
            expect(got[0] in statuses and got[1] == code, f"{got}: {error.api_error_message()}")
            expect(subcode is None or error.api_error_subcode() == subcode, error.body())
            expect(error.api_error_message() and error.api_error_type(), error.body())
            expect(error.body()["error"]["fbtrace_id"], error.body())
            return error
        raise AssertionError("it was not refused")

    def refuse_validation(self):
        params = self.campaign_params("x")
        del params["objective"]
        self.refused(lambda: self.account.create_campaign(params=params), [400], 100)

    def refuse_field(self):
        self.refused(lambda: self.account.get_campaigns(fields=["no_such_field"]), [400], 100)

    def refuse_missing(self):
        self.refused(lambda: Campaign("1").api_get(), [400], 100, 33)

    def refuse_token(self):
        other = AdAccount(ACCOUNT, api=api_for(self.url, "not-a-token"))
        error = self.refused(lambda: other.api_get(fields=["name"]), [400, 401], 190)
        expect(error.api_error_type() == "OAuthException", error.body())

    def refuse_expired(self):
        self.control("faults", [{"kind": "expired_token", "times": 1}])
        self.refused(lambda: self.account.api_get(), [400, 401], 190, 463)

    def refuse_rate(self):
        self.control("faults", [{"kind": "rate_limit", "times": 1}])
        error = self.refused(lambda: self.account.get_campaigns(), [400], 17, 2446079)
        usage = json.loads(error.http_headers()["x-business-use-case-usage"])
        expect("estimated_time_to_regain_access" in usage[ACCOUNT[4:]][0], usage)

    def refuse_outage(self):
        self.control("faults", [{"kind": "http_500", "times": 1}])
        error = self.refused(lambda: self.account.api_get(), [500], 2)
        expect(error.api_transient_error(), error.body())

    # The end

    def delete(self):
        Ad(self.made["ad"]).api_delete()
        AdSet(self.made["ad_set"]).api_delete()
        for campaign in list(self.account.get_campaigns(fields=["id"])):
            campaign.api_delete()
        left = [each["id"] for each in self.account.get_campaigns()]
        expect(left == [], f"still there: {left}")

    def read_deleted(self):
        read = Campaign(self.made["campaign"]).api_get(fields=["effective_status"])
        expect(read["effective_status"] == "DELETED", read)

    def delete_creative(self):
        AdCreative(self.made["creative"]).api_delete()
        AdVideo(self.made["video"]).api_delete()

    def proof(self):
        account = AdAccount(ACCOUNT, api=api_for(self.url, TOKEN, secret="sandbox-secret"))
        expect(account.api_get(fields=["id"])["id"] == ACCOUNT, "a call with appsecret_proof")


STEPS = (
    "read_account list_accounts upload_image list_images upload_video read_video validate_campaign create_campaign "
    "read_campaign page_campaigns filter_campaigns filter_by_status update_campaign create_ad_set read_ad_set "
    "update_ad_set create_creative read_creative create_ad read_ad follow_edges labels batch run insights "
    "async_insights activities refuse_validation refuse_field refuse_missing refuse_token refuse_expired refuse_rate "
    "refuse_outage delete read_deleted delete_creative proof"
).split()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(f"facebook-business {version('facebook-business')}, API {FacebookAdsApi.API_VERSION}")
    witness = Witness(sys.argv[1])
    for name in STEPS:
        witness.steps.run(name, lambda name=name: getattr(witness, name)() or True)
    witness.steps.end("the official client on the Meta emulator")


if __name__ == "__main__":
    main()
