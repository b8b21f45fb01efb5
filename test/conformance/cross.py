"""Does what it is asked with Python's `cryptography`: JSON jobs on standard input, one a line, and their answers on standard
output. Byte strings are in base64 under "bytes"; an answer is one, or a refusal, or what went wrong."""
import base64
import functools
import hashlib
import json
import sys
import traceback

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

HASHES = {
    "1": hashes.SHA1(),
    "224": hashes.SHA224(),
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
GENERATORS = {
    "RSA_2048": lambda: rsa.generate_private_key(65537, 2048),
    "RSA_3072": lambda: rsa.generate_private_key(65537, 3072),
    "RSA_4096": lambda: rsa.generate_private_key(65537, 4096),
    "ECC_NIST_P256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ECC_NIST_P384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ECC_NIST_P521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ECC_SECG_P256K1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "ECC_NIST_EDWARDS25519": ed25519.Ed25519PrivateKey.generate,
    "ML_DSA_44": mldsa.MLDSA44PrivateKey.generate,
    "ML_DSA_65": mldsa.MLDSA65PrivateKey.generate,
    "ML_DSA_87": mldsa.MLDSA87PrivateKey.generate,
    "ML_KEM_768": mlkem.MLKEM768PrivateKey.generate,
    "ML_KEM_1024": mlkem.MLKEM1024PrivateKey.generate,
}


def hash_of(algorithm):
    return HASHES[algorithm.rsplit("_", 1)[1]]


@functools.cache  # an RSA key is checked whenever it is read, which takes a while
def private(key):
    return serialization.load_der_private_key(key, None)


def spki(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def generate(keySpec):
    form = serialization.PrivateFormat.PKCS8
    return GENERATORS[keySpec]().private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


def public_half(privateKey):
    return spki(private(privateKey).public_key())


def reread(publicKey):
    return spki(serialization.load_der_public_key(publicKey))


def signing_options(algorithm, messageType):
    """What a key's sign and verify take besides message and signature."""
    if algorithm in ("ED25519_SHA_512", "ML_DSA_SHAKE_256"):
        assert messageType == "RAW"
        return []
    hashing = hash_of(algorithm)
    hashed = Prehashed(hashing) if messageType == "DIGEST" else hashing
    if algorithm.startswith("ECDSA"):
        return [ec.ECDSA(hashed)]
    if algorithm.startswith("RSASSA_PSS"):
        return [padding.PSS(padding.MGF1(hashing), hashing.digest_size), hashed]
    assert algorithm.startswith("RSASSA_PKCS1_V1_5")
    return [padding.PKCS1v15(), hashed]


def sign(algorithm, messageType, privateKey, message):
    key = private(privateKey)
    if algorithm == "ED25519_PH_SHA_512":
        return sign_prehashed(key.private_bytes_raw(), message)
    return key.sign(message, *signing_options(algorithm, messageType))


def verify(algorithm, messageType, publicKey, message, signature):
    key = serialization.load_der_public_key(publicKey)
    if algorithm == "ED25519_PH_SHA_512":
        return b"" if is_signature_of_prehashed(key.public_bytes_raw(), message, signature) else None
    try:
        key.verify(signature, message, *signing_options(algorithm, messageType))
    except InvalidSignature:
        return None
    return b""


def keyed(algorithm, key, message):
    mac = hmac.HMAC(key, hash_of(algorithm))
    mac.update(message)
    return mac


def make_mac(algorithm, key, message):
    return keyed(algorithm, key, message).finalize()


def verify_mac(algorithm, key, message, mac):
    try:
        keyed(algorithm, key, message).verify(mac)
    except InvalidSignature:
        return None
    return b""


def agree(privateKey, peer):
    mine, theirs = private(privateKey), serialization.load_der_public_key(peer)
    try:
        return mine.exchange(ec.ECDH(), theirs)
    except ValueError:
        return None


def oaep(algorithm):
    return padding.OAEP(padding.MGF1(hash_of(algorithm)), hash_of(algorithm), None)


def encrypt(algorithm, publicKey, plaintext):
    return serialization.load_der_public_key(publicKey).encrypt(plaintext, oaep(algorithm))


def decrypt(algorithm, privateKey, ciphertext):
    try:
        return private(privateKey).decrypt(ciphertext, oaep(algorithm))
    except ValueError:
        return None


def encapsulate(publicKey):
    """The shared secret of 32 bytes, and the ciphertext after it."""
    secret, ciphertext = serialization.load_der_public_key(publicKey).encapsulate()
    assert len(secret) == 32
    return secret + ciphertext


def decapsulate(privateKey, ciphertext):
    try:
        return private(privateKey).decapsulate(ciphertext)
    except ValueError:
        return None


# Ed25519ph, which `cryptography` does not offer: RFC 8032 sections 5.1 to 5.1.7, in plain integers.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P
DOMAIN = b"SigEd25519 no Ed25519 collisions" + bytes([1, 0])  # dom2 with phflag 1 and an empty context


def x_of(y, is_odd):
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square, "not a point"
    return x if x % 2 == is_odd else P - x


BASE = (x_of(BASE_Y, 0), BASE_Y)


def add(a, b):
    product = D * a[0] * b[0] * a[1] * b[1]
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + product, -1, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P)
    return (x % P, y % P)


def multiply(scalar, point):
    result = (0, 1)
    for bit in bin(scalar)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def write(point):
    return (point[1] | (point[0] % 2) << 255).to_bytes(32, "little")


def read(octets):
    number = int.from_bytes(octets, "little")
    y = number % 2**255
    return (x_of(y, number >> 255), y)


def number_of(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % ORDER


def sign_prehashed(seed, message):
    digest = hashlib.sha512(message).digest()
    expanded = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(expanded[:32], "little") & (2**254 - 8) | 2**254
    nonce = number_of(DOMAIN, expanded[32:], digest)
    r, public = write(multiply(nonce, BASE)), write(multiply(scalar, BASE))
    s = (nonce + number_of(DOMAIN, r, public, digest) * scalar) % ORDER
    return r + s.to_bytes(32, "little")


def is_signature_of_prehashed(public, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    challenge = number_of(DOMAIN, r, public, hashlib.sha512(message).digest())
    return s < ORDER and write(multiply(s, BASE)) == write(add(read(r), multiply(challenge, read(public))))


JOBS = {
    job.__name__: job
    for job in (
        generate,
        public_half,
        reread,
        sign,
        verify,
        make_mac,
        verify_mac,
        agree,
        encrypt,
        decrypt,
        encapsulate,
        decapsulate,
    )
}

for line in sys.stdin:
    try:
        asked = json.loads(line)
        blobs = {name: base64.b64decode(value) for name, value in asked["bytes"].items()}
        answer = JOBS[asked["job"]](**asked["names"], **blobs)
        told = {"refused": True} if answer is None else {"bytes": base64.b64encode(answer).decode()}
    except Exception:
        told = {"failed": traceback.format_exc()}
    print(json.dumps(told), flush=True)
