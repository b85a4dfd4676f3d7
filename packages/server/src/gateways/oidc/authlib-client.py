"""Logs in with authlib, through discovery. Arguments: issuer, client id, secret, redirect URI.
Prints the authorization address, reads the address that the browser was sent to, prints what came of it as JSON."""

import json
import os
import sys

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # the test's server speaks plain HTTP on loopback

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oidc.core import CodeIDToken

issuer, client_id, secret, redirect_uri = sys.argv[1:5]
metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
session = OAuth2Session(
    client_id,
    secret,
    scope="openid profile offline_access",
    redirect_uri=redirect_uri,
    code_challenge_method="S256",
    token_endpoint_auth_method="client_secret_basic",
)
verifier = "v" * 64
url, state = session.create_authorization_url(
    metadata["authorization_endpoint"], code_verifier=verifier, nonce="n-authlib", prompt="consent"
)
print(url, flush=True)
answer = sys.stdin.readline().strip()
token = session.fetch_token(metadata["token_endpoint"], authorization_response=answer, code_verifier=verifier)
keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
claims = JsonWebToken(["RS256", "ES256"]).decode(
    token["id_token"],
    keys,
    claims_cls=CodeIDToken,
    claims_options={"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
    claims_params={"nonce": "n-authlib", "client_id": client_id, "access_token": token["access_token"]},
)
claims.validate(leeway=30)
userinfo = session.get(metadata["userinfo_endpoint"], timeout=10).json()
refreshed = session.refresh_token(metadata["token_endpoint"], token["refresh_token"])
print(json.dumps({
    "sub": claims["sub"],
    "userinfo": userinfo,
    "refreshed": refreshed["access_token"] != token["access_token"],
}))
