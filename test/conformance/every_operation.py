"""
Every operation that boto3 knows, with nothing configured but AWS's two files. Prints which its model has, which were
answered, and which were refused as not supported. Argument: a directory for files.
"""
import datetime
import hashlib
import json
import os
import subprocess
import sys

import boto3

scratch = sys.argv[1]
kms = boto3.client("kms", region_name="us-east-1")
elsewhere = boto3.client("kms", region_name="eu-west-1")
known = sorted(kms.meta.service_model.operation_names)
answered, refused = set(), set()


def watch(http_response, parsed, model, **_):
    if http_response.status_code == 200:
        answered.add(model.name)


for client in (kms, elsewhere):
    client.meta.events.register("after-call.kms", watch)


def new_key(**wish):
    return kms.create_key(**wish)["KeyMetadata"]["Arn"]


def refuses(exception, request, **members):
    try:
        request(**members)
    except exception:
        return
    raise AssertionError(f"{exception.__name__} was expected")


def listed(operation, members, **request):
    """All pages, of one item each."""
    pages = kms.get_paginator(operation).paginate(**request, PaginationConfig={"PageSize": 1})
    return [item for page in pages for item in page[members]]


def is_date(value):
    return isinstance(value, datetime.datetime)


# Symmetric keys
context = {"purpose": "test"}
key, other = new_key(), new_key()
blob = kms.encrypt(KeyId=key, Plaintext=b"hello", EncryptionContext=context)["CiphertextBlob"]
assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"hello"
moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=other)
assert (moved["SourceKeyId"], moved["KeyId"]) == (key, other)
assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"hello"
made = kms.generate_data_key(KeyId=key, KeySpec="AES_128")
assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
blind = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=24)
assert len(kms.decrypt(CiphertextBlob=blind["CiphertextBlob"])["Plaintext"]) == 24
assert len(kms.generate_random(NumberOfBytes=7)["Plaintext"]) == 7
last = kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]
assert last["Operation"] == "Decrypt" and is_date(last["Timestamp"])

# What is kept about keys
tags = [{"TagKey": "a", "TagValue": "b"}, {"TagKey": "c", "TagValue": "d"}]
kms.tag_resource(KeyId=key, Tags=tags)
assert listed("list_resource_tags", "Tags", KeyId=key) == tags
kms.untag_resource(KeyId=key, TagKeys=["a"])
assert kms.list_resource_tags(KeyId=key)["Tags"] == tags[1:]
for name in ("alias/one", "alias/two"):
    kms.create_alias(AliasName=name, TargetKeyId=key)
kms.update_alias(AliasName="alias/two", TargetKeyId=other)
assert [alias["TargetKeyId"] for alias in listed("list_aliases", "Aliases")] == [key[-36:], other[-36:]]
kms.delete_alias(AliasName="alias/two")
refuses(kms.exceptions.NotFoundException, kms.describe_key, KeyId="alias/two")
assert {"KeyArn": key, "KeyId": key[-36:]} in listed("list_keys", "Keys")
assert listed("list_key_policies", "PolicyNames", KeyId=key) == ["default"]
policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
kms.update_key_description(KeyId=key, Description="new")
kms.disable_key(KeyId=key)
refuses(kms.exceptions.DisabledException, kms.encrypt, KeyId=key, Plaintext=b"x")
kms.enable_key(KeyId=key)
date = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["DeletionDate"]
metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
assert is_date(date) and metadata["DeletionDate"] == date and metadata["Description"] == "new"
assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == key

# Grants
account = "arn:aws:iam::000000000000:root"
wish = {"KeyId": other, "GranteePrincipal": account, "RetiringPrincipal": account, "Operations": ["Decrypt"]}
first, second = kms.create_grant(**wish, Name="first"), kms.create_grant(**wish, Name="second")
assert sorted(grant["Name"] for grant in listed("list_grants", "Grants", KeyId=other)) == ["first", "second"]
assert len(listed("list_retirable_grants", "Grants", RetiringPrincipal=account)) == 2
kms.retire_grant(GrantToken=first["GrantToken"])
kms.revoke_grant(KeyId=other, GrantId=second["GrantId"])
assert kms.list_grants(KeyId=other)["Grants"] == []

# Key pairs
signing = new_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
algorithm = "RSASSA_PSS_SHA_256"
signature = kms.sign(KeyId=signing, Message=b"hello", SigningAlgorithm=algorithm)["Signature"]
digest = {"KeyId": signing, "MessageType": "DIGEST", "Signature": signature, "SigningAlgorithm": algorithm}
assert kms.verify(**digest, Message=hashlib.sha256(b"hello").digest())["SignatureValid"] is True
refuses(kms.exceptions.KMSInvalidSignatureException, kms.verify, **digest, Message=bytes(32))
assert algorithm in kms.get_public_key(KeyId=signing)["SigningAlgorithms"]
pair = kms.generate_data_key_pair(KeyId=other, KeyPairSpec="ECC_NIST_P256")
assert kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"] == pair["PrivateKeyPlaintext"]
blind = kms.generate_data_key_pair_without_plaintext(KeyId=other, KeyPairSpec="ECC_NIST_P256")
assert "PrivateKeyPlaintext" not in blind and kms.decrypt(CiphertextBlob=blind["PrivateKeyCiphertextBlob"])
agreeing = [new_key(KeySpec="ECC_NIST_P384", KeyUsage="KEY_AGREEMENT") for _ in range(2)]
public = [kms.get_public_key(KeyId=one)["PublicKey"] for one in agreeing]
secrets = [
    kms.derive_shared_secret(KeyId=one, KeyAgreementAlgorithm="ECDH", PublicKey=peer)["SharedSecret"]
    for one, peer in zip(agreeing, reversed(public))
]
assert len(secrets[0]) == 48 and secrets[0] == secrets[1]
if "Encapsulate" in known:
    kem = {"KeyId": new_key(KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE"), "EncapsulationAlgorithm": "ML_KEM"}
    made = kms.encapsulate(**kem)
    opened = kms.decapsulate(**kem, SharedSecretCiphertextBlob=made["SharedSecretCiphertextBlob"])
    assert opened["SharedSecret"] == made["SharedSecret"]

# Codes
mac = {"KeyId": new_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC"), "MacAlgorithm": "HMAC_SHA_256", "Message": b"hello"}
assert kms.verify_mac(**mac, Mac=kms.generate_mac(**mac)["Mac"])["MacValid"] is True

# Rotation
blob = kms.encrypt(KeyId=other, Plaintext=b"hello")["CiphertextBlob"]
kms.enable_key_rotation(KeyId=other, RotationPeriodInDays=90)
status = kms.get_key_rotation_status(KeyId=other)
assert status["KeyRotationEnabled"] and is_date(status["NextRotationDate"])
kms.disable_key_rotation(KeyId=other)
kms.rotate_key_on_demand(KeyId=other)
states = [one["KeyMaterialState"] for one in listed("list_key_rotations", "Rotations", KeyId=other, IncludeKeyMaterial="ALL_KEY_MATERIAL")]
assert states == ["NON_CURRENT", "CURRENT"], states
assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"hello"

# Import
external = new_key(Origin="EXTERNAL")
parameters = kms.get_parameters_for_import(
    KeyId=external, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
)
assert is_date(parameters["ParametersValidTo"])
public_key = os.path.join(scratch, "public.der")
with open(public_key, "wb") as file:
    file.write(parameters["PublicKey"])
wrap = ["openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", public_key]
oaep = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256"]
wrapped = subprocess.run(wrap + oaep, input=os.urandom(32), capture_output=True, check=True).stdout
members = {"KeyId": external, "ImportToken": parameters["ImportToken"], "EncryptedKeyMaterial": wrapped}
valid_to = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(hours=1)
kms.import_key_material(**members, ValidTo=valid_to)
assert kms.describe_key(KeyId=external)["KeyMetadata"]["ValidTo"] == valid_to
blob = kms.encrypt(KeyId=external, Plaintext=b"hello")["CiphertextBlob"]
kms.delete_imported_key_material(KeyId=external)
refuses(kms.exceptions.KMSInvalidStateException, kms.decrypt, CiphertextBlob=blob)
kms.import_key_material(**members, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"hello"

# Multi-Region keys
primary = new_key(MultiRegion=True)
kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")
blob = kms.encrypt(KeyId=primary, Plaintext=b"hello")["CiphertextBlob"]
assert elsewhere.decrypt(CiphertextBlob=blob)["Plaintext"] == b"hello"
kms.update_primary_region(KeyId=primary, PrimaryRegion="eu-west-1")
configuration = kms.describe_key(KeyId=primary)["KeyMetadata"]["MultiRegionConfiguration"]
assert configuration["MultiRegionKeyType"] == "REPLICA"

# Custom key stores
store = {"CustomKeyStoreId": "cks-1234567890abcdef0"}
for name, request, members in (
    ("CreateCustomKeyStore", kms.create_custom_key_store, {"CustomKeyStoreName": "mine"}),
    ("DescribeCustomKeyStores", kms.describe_custom_key_stores, {}),
    ("ConnectCustomKeyStore", kms.connect_custom_key_store, store),
    ("DisconnectCustomKeyStore", kms.disconnect_custom_key_store, store),
    ("UpdateCustomKeyStore", kms.update_custom_key_store, store),
    ("DeleteCustomKeyStore", kms.delete_custom_key_store, store),
):
    refuses(kms.exceptions.UnsupportedOperationException, request, **members)
    refused.add(name)
print(json.dumps({"known": known, "answered": sorted(answered), "refused": sorted(refused)}))
