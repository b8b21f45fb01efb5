"""The everyday workflow through boto3, with nothing configured but AWS's two files."""
import boto3
from botocore.exceptions import ClientError

kms = boto3.client("kms")
key_id = kms.create_key(Description="from boto3")["KeyMetadata"]["KeyId"]
kms.create_alias(AliasName="alias/app-data-key", TargetKeyId=key_id)
data_key = kms.generate_data_key(KeyId="alias/app-data-key", KeySpec="AES_256", EncryptionContext={"a": "b"})
opened = kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"], EncryptionContext={"a": "b"})
assert opened["Plaintext"] == data_key["Plaintext"] and len(opened["Plaintext"]) == 32
assert kms.describe_key(KeyId="alias/app-data-key")["KeyMetadata"]["CreationDate"].year >= 2024
kms.tag_resource(KeyId=key_id, Tags=[{"TagKey": "a", "TagValue": "b"}])
assert kms.list_resource_tags(KeyId=key_id)["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
assert key_id in [k["KeyId"] for page in kms.get_paginator("list_keys").paginate() for k in page["Keys"]]
kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "PendingDeletion"
try:
    kms.encrypt(KeyId=key_id, Plaintext=b"x")
    raise AssertionError("a key pending deletion was used")
except kms.exceptions.KMSInvalidStateException as error:
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
kms.cancel_key_deletion(KeyId=key_id)
assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Disabled"
try:
    kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])
    raise AssertionError("a disabled key was used")
except kms.exceptions.DisabledException:
    pass
kms.enable_key(KeyId=key_id)
try:
    kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])
    raise AssertionError("the wrong context was accepted")
except kms.exceptions.InvalidCiphertextException:
    pass
try:
    boto3.client("kms", aws_secret_access_key="wrong", aws_access_key_id="AKIAUNKNOWNUNKNOWN22").list_keys()
    raise AssertionError("a stranger was let in")
except ClientError as error:
    assert error.response["Error"]["Code"] == "InvalidSignatureException", error
print("done")
