"""TikTok's official client drives the TikTok emulator: both lanes, files, reports, refusals.

    tiktok_ads.py URL

URL is the root of a sandbox with a virtual clock. The client is unchanged but for the host.
"""

import hashlib
import json
import os
import struct
import sys
import tempfile
import urllib.request
import zlib
from datetime import datetime, timedelta
from importlib.metadata import version

import business_api_client as tiktok
from business_api_client.api.creative_asset_api import CreativeAssetApi
from business_api_client.tiktok_business.tiktok_exceptions import TiktokSDKError

from steps import Steps, expect

TOKEN = "sandbox-token"
APP = ("sandbox-client", "sandbox-secret")
ADVERTISER = "7000000000000000001"
FOREIGN = "7999999999999999999"
PIXEL = "7000000000000001122"
IDENTITY = {"identity_type": "TT_USER", "identity_id": "222"}


def picture(width, height):
    """A PNG of one colour."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x20\x60\xa0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


class Witness:
    """One advertiser, step by step."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.steps = Steps()
        self.folder = tempfile.TemporaryDirectory()
        self.made = {}
        configuration = tiktok.Configuration()
        configuration.host = self.url + "/tiktok"
        self.client = tiktok.ApiClient(configuration)
        self.accounts = tiktok.AccountManagementApi(self.client)
        self.access = tiktok.AuthenticationApi(self.client)
        self.campaigns = tiktok.CampaignCreationApi(self.client)
        self.adgroups = tiktok.AdgroupApi(self.client)
        self.ads = tiktok.AdApi(self.client)
        self.files = tiktok.FileApi(self.client)
        self.identities = tiktok.IdentityApi(self.client)
        self.portfolios = CreativeAssetApi(self.client)
        self.reports = tiktok.ReportingApi(self.client)
        self.tools = tiktok.ToolApi(self.client)

    def control(self, endpoint, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{endpoint}", data, {"content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def now(self):
        return datetime.fromisoformat(self.control("clock")["now"].replace("Z", "+00:00"))

    def call(self, method, *arguments, **named):
        """Calls and answers `data`; the request's id must be there."""
        answer = method(*arguments, **named)
        expect(answer["request_id"], answer)
        return answer["data"]

    # Access

    def exchange_code(self):
        body = tiktok.Oauth2AccessTokenBody(app_id=APP[0], secret=APP[1], auth_code="sandbox-code")
        data = self.call(self.access.oauth2_access_token, body=body)
        expect(data["access_token"] and ADVERTISER in data["advertiser_ids"], data)

    def list_advertisers(self):
        data = self.call(self.access.oauth2_advertiser_get, *APP, TOKEN)
        expect(ADVERTISER in [each["advertiser_id"] for each in data["list"]], data)

    def read_advertiser(self):
        data = self.call(self.accounts.advertiser_info, [ADVERTISER], TOKEN)
        expect(data["list"][0]["currency"] == "EUR" and data["list"][0]["status"], data)

    def trim_fields(self):
        data = self.call(self.accounts.advertiser_info, [ADVERTISER], TOKEN, fields=["advertiser_id", "currency"])
        expect(set(data["list"][0]) == {"advertiser_id", "currency"}, data)

    def find_identity(self):
        data = self.call(self.identities.identity_get, ADVERTISER, TOKEN, identity_type="TT_USER")
        expect(IDENTITY["identity_id"] in [each["identity_id"] for each in data["identity_list"]], data)

    def find_region(self):
        data = self.call(self.tools.tool_region, ADVERTISER, ["PLACEMENT_TIKTOK"], "TRAFFIC", TOKEN)
        spain = [each for each in data["region_info"] if each["region_code"] == "ES" and each["parent_id"] == "0"]
        expect(len(spain) == 1, "Spain is not there once")
        self.made["location"] = spain[0]["location_id"]

    # Files

    def upload(self, name, content, member, method, **more):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as target:
            target.write(content)
        texts = {f"{member}_signature": hashlib.md5(content).hexdigest(), "file_name": name}
        return self.call(method, TOKEN, advertiser_id=ADVERTISER, upload_type="UPLOAD_BY_FILE",
                         **{f"{member}_file": path}, **(texts | more))

    def upload_image(self):
        data = self.upload("cover.png", picture(720, 1280), "image", self.files.ad_image_upload)
        expect((data["width"], data["height"]) == (720, 1280), data)
        self.made["image"] = data["image_id"]

    def upload_video(self):
        film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(4096)
        data = self.upload("film.mp4", film, "video", self.files.ad_video_upload)
        video = data[0] if isinstance(data, list) else data
        expect(video["video_id"], data)
        self.made["video"] = video["video_id"]
        self.control("clock", {"advance": "10m"})

    def read_files(self):
        data = self.call(self.files.file_image_ad_info, ADVERTISER, [self.made["image"]], TOKEN)
        expect(data["list"][0]["image_id"] == self.made["image"], data)
        data = self.call(self.files.ad_video_info, ADVERTISER, [self.made["video"]], TOKEN)
        expect(data["list"][0]["video_id"] == self.made["video"], data)

    # The manual lane

    def campaign(self, name):
        body = tiktok.CampaignCreateBody(
            advertiser_id=ADVERTISER, campaign_name=name, objective_type="TRAFFIC", operation_status="DISABLE",
            budget_mode="BUDGET_MODE_INFINITE", budget_optimize_on=False)
        return self.call(self.campaigns.campaign_create, TOKEN, body=body)

    def create_campaign(self):
        data = self.campaign("Witness 0")
        expect(data["campaign_name"] == "Witness 0" and data["campaign_id"].isdigit(), data)
        self.made["campaign"] = data["campaign_id"]

    def read_campaign(self):
        filtering = tiktok.FilteringCampaignGet(campaign_ids=[self.made["campaign"]])
        data = self.call(self.campaigns.campaign_get, ADVERTISER, TOKEN, filtering=filtering)
        read = data["list"][0]
        expect(len(data["list"]) == 1 and read["operation_status"] == "DISABLE", data)
        expect(read["objective_type"] == "TRAFFIC" and read["secondary_status"], read)

    def page_campaigns(self):
        for number in range(1, 12):
            self.campaign(f"Witness {number}")
        first = self.call(self.campaigns.campaign_get, ADVERTISER, TOKEN)
        expect(len(first["list"]) == 10 and first["page_info"]["page_size"] == 10, first["page_info"])
        names, pages = [], 0
        while True:
            pages += 1
            data = self.call(self.campaigns.campaign_get, ADVERTISER, TOKEN, page=pages, page_size=5)
            names += [each["campaign_name"] for each in data["list"]]
            if pages >= data["page_info"]["total_page"]:
                break
        expect(len(names) == len(set(names)) == data["page_info"]["total_number"] and pages == 3, names)

    def filter_campaigns(self):
        filtering = tiktok.FilteringCampaignGet(campaign_name="Witness 3", primary_status="STATUS_NOT_DELETE")
        data = self.call(self.campaigns.campaign_get, ADVERTISER, TOKEN, filtering=filtering)
        expect([each["campaign_name"] for each in data["list"]] == ["Witness 3"], data["list"])

    def update_campaign(self):
        body = tiktok.CampaignUpdateBody(advertiser_id=ADVERTISER, campaign_id=self.made["campaign"],
                                         campaign_name="Witness renamed")
        data = self.call(self.campaigns.campaign_update, TOKEN, body=body)
        expect(data["campaign_name"] == "Witness renamed", data)

    def create_adgroup(self):
        start = (self.now() + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
        body = tiktok.AdgroupCreateBody(
            advertiser_id=ADVERTISER, campaign_id=self.made["campaign"], adgroup_name="Witness group",
            promotion_type="WEBSITE", optimization_goal="CLICK", billing_event="CPC", bid_type="BID_TYPE_NO_BID",
            pacing="PACING_MODE_SMOOTH", placement_type="PLACEMENT_TYPE_NORMAL", placements=["PLACEMENT_TIKTOK"],
            location_ids=[self.made["location"]], age_groups=["AGE_18_24", "AGE_25_34"], gender="GENDER_UNLIMITED",
            budget_mode="BUDGET_MODE_DAY", budget=25.5, schedule_type="SCHEDULE_FROM_NOW",
            schedule_start_time=start, operation_status="DISABLE")
        data = self.call(self.adgroups.adgroup_create, TOKEN, body=body)
        expect(data["adgroup_id"] and data["budget"] == 25.5, data)
        self.made["adgroup"] = data["adgroup_id"]

    def read_adgroup(self):
        filtering = tiktok.FilteringAdgroupGet(adgroup_ids=[self.made["adgroup"]])
        data = self.call(self.adgroups.adgroup_get, ADVERTISER, TOKEN, filtering=filtering)
        read = data["list"][0]
        expect(read["location_ids"] == [self.made["location"]] and read["optimization_goal"] == "CLICK", read)

    def update_adgroup(self):
        body = tiktok.AdgroupUpdateBody(advertiser_id=ADVERTISER, adgroup_id=self.made["adgroup"],
                                        adgroup_name="Witness group", budget=30)
        data = self.call(self.adgroups.adgroup_update, TOKEN, body=body)
        expect(data["budget"] == 30, data)

    def create_ad(self):
        creative = tiktok.AdcreateCreatives(
            ad_name="Witness ad", ad_format="SINGLE_VIDEO", video_id=self.made["video"],
            image_ids=[self.made["image"]], ad_text="Rain again", call_to_action="SHOP_NOW",
            landing_page_url="https://shop.example/", operation_status="DISABLE", **IDENTITY)
        body = tiktok.AdCreateBody(advertiser_id=ADVERTISER, adgroup_id=self.made["adgroup"], creatives=[creative])
        data = self.call(self.ads.ad_create, TOKEN, body=body)
        expect(len(data["ad_ids"]) == 1, data)
        self.made["ad"] = data["ad_ids"][0]

    def read_ad(self):
        filtering = tiktok.FilteringAdGet(ad_ids=[self.made["ad"]])
        data = self.call(self.ads.ad_get, ADVERTISER, TOKEN, filtering=filtering)
        read = data["list"][0]
        expect(read["ad_text"] == "Rain again" and read["adgroup_id"] == self.made["adgroup"], read)

    def update_ad(self):
        creative = tiktok.AdupdateCreatives(ad_id=self.made["ad"], ad_text="Rain once more")
        body = tiktok.AdUpdateBody(advertiser_id=ADVERTISER, adgroup_id=self.made["adgroup"], creatives=[creative],
                                   patch_update=True)
        self.call(self.ads.ad_update, TOKEN, body=body)
        filtering = tiktok.FilteringAdGet(ad_ids=[self.made["ad"]])
        data = self.call(self.ads.ad_get, ADVERTISER, TOKEN, filtering=filtering, fields=["ad_id", "ad_text"])
        expect(data["list"] == [{"ad_id": self.made["ad"], "ad_text": "Rain once more"}], data)

    def switch(self, status):
        body = tiktok.CampaignStatusUpdateBody(advertiser_id=ADVERTISER, campaign_ids=[self.made["campaign"]],
                                               operation_status=status)
        self.call(self.campaigns.campaign_status_update, TOKEN, body=body)
        body = tiktok.AdgroupStatusUpdateBody(advertiser_id=ADVERTISER, adgroup_ids=[self.made["adgroup"]],
                                              operation_status=status)
        self.call(self.adgroups.adgroup_status_update, TOKEN, body=body)
        body = tiktok.AdStatusUpdateBody(advertiser_id=ADVERTISER, ad_ids=[self.made["ad"]],
                                         operation_status=status)
        self.call(self.ads.ad_status_update, TOKEN, body=body)

    def enable(self):
        self.switch("ENABLE")
        self.control("clock", {"advance": "72h"})
        filtering = tiktok.FilteringAdGet(ad_ids=[self.made["ad"]])
        data = self.call(self.ads.ad_get, ADVERTISER, TOKEN, filtering=filtering)
        expect(data["list"][0]["secondary_status"] == "AD_STATUS_DELIVERY_OK", data["list"][0])

    # Upgraded Smart+

    def create_smart_campaign(self):
        body = tiktok.SmartPlusCampaignCreateBody(
            advertiser_id=ADVERTISER, request_id="418203377120559104", objective_type="WEB_CONVERSIONS",
            sales_destination="WEBSITE", campaign_name="Witness smart", budget=120, operation_status="DISABLE")
        data = self.call(self.campaigns.smart_plus_campaign_create, TOKEN, body=body)
        self.made["smart_campaign"] = data["campaign_id"]

    def create_smart_adgroup(self):
        start = (self.now() + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
        targeting = tiktok.SmartPlusAdgroupCreateBodyTargetingSpec(location_ids=[self.made["location"]])
        body = tiktok.SmartPlusAdgroupCreateBody(
            advertiser_id=ADVERTISER, request_id="418203377120559105", campaign_id=self.made["smart_campaign"],
            adgroup_name="Witness smart group", promotion_type="WEBSITE", optimization_goal="CONVERT",
            pixel_id=PIXEL, optimization_event="SHOPPING", billing_event="OCPM", bid_type="BID_TYPE_NO_BID",
            schedule_type="SCHEDULE_FROM_NOW", schedule_start_time=start, targeting_spec=targeting)
        data = self.call(self.adgroups.smart_plus_adgroup_create, TOKEN, body=body)
        self.made["smart_adgroup"] = data["adgroup_id"]

    def create_portfolio(self):
        content = tiktok.CreativeportfoliocreatePortfolioContent(asset_content="SHOP_NOW", asset_ids=["201781"])
        body = tiktok.PortfolioCreateBody(advertiser_id=ADVERTISER, creative_portfolio_type="CTA",
                                          portfolio_content=[content])
        data = self.call(self.portfolios.creative_portfolio_create, TOKEN, body=body)
        self.made["portfolio"] = data["creative_portfolio_id"]

    def create_smart_ad(self):
        info = tiktok.SmartPlusAdCreateBodyCreativeInfo(
            ad_format="SINGLE_VIDEO", video_info={"video_id": self.made["video"]},
            image_info=[{"web_uri": self.made["image"]}], **IDENTITY)
        body = tiktok.SmartPlusAdCreateBody(
            advertiser_id=ADVERTISER, adgroup_id=self.made["smart_adgroup"], ad_name="Witness smart ad",
            operation_status="DISABLE",
            creative_list=[tiktok.SmartPlusAdCreateBodyCreativeList(creative_info=info)],
            ad_text_list=[tiktok.SmartPlusAdCreateBodyAdTextList(ad_text="Rain again")],
            landing_page_url_list=[
                tiktok.SmartPlusAdCreateBodyLandingPageUrlList(landing_page_url="https://shop.example/")],
            ad_configuration=tiktok.SmartPlusAdCreateBodyAdConfiguration(
                call_to_action_id=self.made["portfolio"], dark_post_status="ON"))
        data = self.call(self.ads.smart_plus_ad_create, TOKEN, body=body)
        self.made["smart_ad"] = data["smart_plus_ad_id"]

    def read_smart(self):
        data = self.call(self.campaigns.smart_plus_campaign_get, ADVERTISER, TOKEN)
        expect([each["campaign_id"] for each in data["list"]] == [self.made["smart_campaign"]], data)
        data = self.call(self.adgroups.smart_plus_adgroup_get, ADVERTISER, TOKEN)
        expect([each["adgroup_id"] for each in data["list"]] == [self.made["smart_adgroup"]], data)
        data = self.call(self.ads.smart_plus_ad_get, ADVERTISER, TOKEN)
        expect([each["smart_plus_ad_id"] for each in data["list"]] == [self.made["smart_ad"]], data)

    def review_smart(self):
        data = self.call(self.ads.smart_plus_ad_review_info, ADVERTISER, [self.made["smart_ad"]], TOKEN)
        expect(data, data)

    def update_smart(self):
        body = tiktok.SmartPlusCampaignUpdateBody(advertiser_id=ADVERTISER, budget=150,
                                                  campaign_id=self.made["smart_campaign"])
        self.call(self.campaigns.smart_plus_campaign_update, TOKEN, body=body)
        data = self.call(self.campaigns.smart_plus_campaign_get, ADVERTISER, TOKEN)
        expect(data["list"][0]["budget"] == 150, data)

    # Reports

    def days(self):
        today = self.now()
        return [(today - timedelta(days=back)).strftime("%Y-%m-%d") for back in (4, 0)]

    def report(self):
        start, end = self.days()
        data = self.call(self.reports.report_integrated_get, "BASIC", TOKEN, advertiser_id=ADVERTISER,
                         data_level="AUCTION_CAMPAIGN", dimensions=["campaign_id", "stat_time_day"],
                         metrics=["spend", "impressions", "clicks"], start_date=start, end_date=end, page_size=1000)
        rows = [row for row in data["list"] if row["dimensions"]["campaign_id"] == self.made["campaign"]]
        expect(rows, "no row for a running campaign")
        expect(all(isinstance(value, str) for row in rows for value in row["metrics"].values()), rows)

    def filter_report(self):
        start, end = self.days()
        condition = {"field_name": "campaign_ids", "filter_type": "IN",
                     "filter_value": json.dumps([self.made["campaign"]])}
        data = self.call(self.reports.report_integrated_get, "BASIC", TOKEN, advertiser_id=ADVERTISER,
                         data_level="AUCTION_CAMPAIGN", dimensions=["campaign_id"], metrics=["spend"],
                         start_date=start, end_date=end, filtering=[condition])
        found = [row["dimensions"]["campaign_id"] for row in data["list"]]
        expect(found == [self.made["campaign"]], found)

    def async_report(self):
        start, end = self.days()
        body = tiktok.ReportTaskCreateBody(
            advertiser_id=ADVERTISER, report_type="BASIC", data_level="AUCTION_AD", dimensions=["ad_id"],
            metrics=["spend", "impressions"], start_date=start, end_date=end, output_format="CSV_STRING")
        task = self.call(self.reports.report_task_create, TOKEN, body=body)["task_id"]
        for _ in range(20):
            data = self.call(self.reports.report_task_check, task, ADVERTISER, TOKEN)
            if data["status"] == "SUCCESS":
                return
            self.control("clock", {"advance": "10s"})
        expect(False, data)

    # Refusals

    def refused(self, code, method, *arguments, **named):
        try:
            method(*arguments, **named)
        except TiktokSDKError as error:
            expect(f"Error Code: {code}," in str(error), error)
            expect("request_id: " in str(error) and "request_id: None" not in str(error), error)
            return
        raise AssertionError("it was not refused")

    def refuse_value(self):
        body = tiktok.CampaignCreateBody(advertiser_id=ADVERTISER, campaign_name="x", objective_type="NONSENSE")
        self.refused(40002, self.campaigns.campaign_create, TOKEN, body=body)

    def refuse_foreign(self):
        self.refused(40001, self.campaigns.campaign_get, FOREIGN, TOKEN)

    def refuse_token(self):
        self.refused(40105, self.campaigns.campaign_get, ADVERTISER, "not-a-token")

    def refuse_expired(self):
        self.control("faults", [{"kind": "expired_token", "times": 1}])
        self.refused(40102, self.campaigns.campaign_get, ADVERTISER, TOKEN)

    def refuse_rate(self):
        self.control("faults", [{"kind": "rate_limit", "times": 1}])
        self.refused(40100, self.campaigns.campaign_get, ADVERTISER, TOKEN)

    def refuse_outage(self):
        self.control("faults", [{"kind": "http_500", "times": 1}])
        # A gateway's answer, before the API: no envelope.
        try:
            self.campaigns.campaign_get(ADVERTISER, TOKEN)
        except tiktok.rest.ApiException as error:
            expect(error.status >= 500, error)
            return
        raise AssertionError("it was not refused")

    def refuse_digest(self):
        path = os.path.join(self.folder.name, "cover.png")
        self.refused(40900, self.files.ad_image_upload, TOKEN, advertiser_id=ADVERTISER, image_file=path,
                     upload_type="UPLOAD_BY_FILE", image_signature="0" * 32, file_name="other.png")

    # The end

    def delete(self):
        body = tiktok.SmartPlusCampaignStatusUpdateBody(
            advertiser_id=ADVERTISER, campaign_ids=[self.made["smart_campaign"]], operation_status="DELETE")
        self.call(self.campaigns.smart_plus_campaign_status_update, TOKEN, body=body)
        data = self.call(self.campaigns.campaign_get, ADVERTISER, TOKEN, page_size=20)
        ids = [each["campaign_id"] for each in data["list"]]
        body = tiktok.CampaignStatusUpdateBody(advertiser_id=ADVERTISER, campaign_ids=ids, operation_status="DELETE")
        self.call(self.campaigns.campaign_status_update, TOKEN, body=body)
        data = self.call(self.campaigns.campaign_get, ADVERTISER, TOKEN)
        expect(data["list"] == [], data["page_info"])

    def read_deleted(self):
        filtering = tiktok.FilteringCampaignGet(campaign_ids=[self.made["campaign"]], primary_status="STATUS_DELETE")
        data = self.call(self.campaigns.campaign_get, ADVERTISER, TOKEN, filtering=filtering)
        expect(data["list"][0]["secondary_status"] == "CAMPAIGN_STATUS_DELETE", data)

    def refuse_second_delete(self):
        body = tiktok.CampaignStatusUpdateBody(advertiser_id=ADVERTISER, campaign_ids=[self.made["campaign"]],
                                               operation_status="ENABLE")
        try:
            self.call(self.campaigns.campaign_status_update, TOKEN, body=body)
        except TiktokSDKError:
            return
        raise AssertionError("a deleted campaign was switched on")


STEPS = (
    "exchange_code list_advertisers read_advertiser trim_fields find_identity find_region upload_image upload_video "
    "read_files create_campaign read_campaign page_campaigns filter_campaigns update_campaign create_adgroup "
    "read_adgroup update_adgroup create_ad read_ad update_ad enable create_smart_campaign create_smart_adgroup "
    "create_portfolio create_smart_ad read_smart review_smart update_smart report filter_report async_report "
    "refuse_value refuse_foreign refuse_token refuse_expired refuse_rate refuse_outage refuse_digest delete "
    "read_deleted refuse_second_delete"
).split()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(f"tiktok-business-api-sdk-official {version('tiktok-business-api-sdk-official')}")
    witness = Witness(sys.argv[1])
    for name in STEPS:
        witness.steps.run(name, lambda name=name: getattr(witness, name)() or True)
    witness.steps.end("the official client on the TikTok emulator")


if __name__ == "__main__":
    main()
