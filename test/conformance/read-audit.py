"""Reads the archive as boto3 does, with nothing but the endpoint set; prints what it found as JSON."""

import datetime
import json
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

bucket, prefix, key = sys.argv[1:4]
found = {}

trail = boto3.client("cloudtrail")
found["trails"] = [one["TrailARN"] for one in trail.describe_trails()["trailList"]]
found["names"] = [one["Name"] for page in trail.get_paginator("list_trails").paginate() for one in page["Trails"]]
found["isLogging"] = trail.get_trail_status(Name="keywright")["IsLogging"]
long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
keys = trail.list_public_keys(StartTime=long_ago)["PublicKeyList"]
found["keys"] = [[one["Fingerprint"], len(one["Value"])] for one in keys]
pages = trail.get_paginator("lookup_events").paginate(
    LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "Decrypt"}]
)
events = [event for page in pages for event in page["Events"]]
found["events"] = len(events)
found["same"] = all(json.loads(one["CloudTrailEvent"])["eventID"] == one["EventId"] for one in events)

s3 = boto3.client("s3")
listed = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": 2})
found["v2"] = [one["Key"] for page in listed for one in page.get("Contents", [])]
listed = s3.get_paginator("list_objects").paginate(Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": 2})
found["v1"] = [one["Key"] for page in listed for one in page.get("Contents", [])]
got = s3.get_object(Bucket=bucket, Key=key)
found["bytes"] = len(got["Body"].read())
found["metadata"] = got["Metadata"]
found["bucketRegion"] = s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"]
try:
    s3.get_object(Bucket=bucket, Key="missing")
except ClientError as error:
    found["missing"] = error.response["Error"]["Code"]
try:
    s3.get_object(Bucket=bucket, Key=key, IfNoneMatch=got["ETag"])
except ClientError as error:
    found["notModified"] = error.response["ResponseMetadata"]["HTTPStatusCode"]
for refused in (lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"x"), lambda: s3.delete_object(Bucket=bucket, Key=key)):
    try:
        refused()
    except ClientError as error:
        found.setdefault("refused", []).append(error.response["Error"]["Code"])

presigning = boto3.client("s3", config=Config(signature_version="s3v4"))
url = presigning.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
with urllib.request.urlopen(url) as response:
    found["presigned"] = len(response.read())
print(json.dumps(found))
