#!/bin/sh
# DEMO ONLY. Sets an OpenBao up and unseals it whenever it is sealed, with a key that it keeps in KEY_FILE, beside the vault: whoever has
# that file has every secret. Needs BAO_ADDR, KEY_FILE, VAULT_ROLE_ID, VAULT_SECRET_ID. Makes READY_FILE once nodes can log in.
set -eu
umask 077
ready=${READY_FILE:-/tmp/ready}
rm -f "$ready"
trap 'exit 0' TERM INT

say() { echo "vault-demo: $*"; }
# Whether the vault says that a thing is so; says neither yes nor no while it is not reachable.
is() { bao status -format=json 2>/dev/null | grep -q "\"$1\": $2"; }

until is initialized true || is initialized false; do sleep 1; done
if is initialized false; then
  bao operator init -key-shares=1 -key-threshold=1 >"$KEY_FILE.new"
  mv "$KEY_FILE.new" "$KEY_FILE"
  say "initialised; its only key is in $KEY_FILE"
fi
[ -e "$KEY_FILE" ] || { say "the vault is set up already, but not by this helper: there is no $KEY_FILE"; exit 1; }
key=$(sed -n 's/^Unseal Key 1: //p' "$KEY_FILE")
BAO_TOKEN=$(sed -n 's/^Initial Root Token: //p' "$KEY_FILE")
export BAO_TOKEN

unseal() {
  is sealed true || return 0
  if bao operator unseal "$key" >/dev/null; then say "unsealed"; fi
}

set_up() {
  bao secrets list -format=json | grep -q '"secret/"' || bao secrets enable -path=secret -version=2 kv
  bao auth list -format=json | grep -q '"approle/"' || bao auth enable approle
  bao policy write volvox - <<'POLICY'
path "secret/data/volvox/*"     { capabilities = ["create", "read", "update", "delete"] }
path "secret/metadata/volvox"   { capabilities = ["list"] }
path "secret/metadata/volvox/*" { capabilities = ["read", "list", "update", "delete"] }
path "secret/destroy/volvox/*"  { capabilities = ["update"] }
POLICY
  bao write auth/approle/role/volvox token_policies=volvox token_ttl=20m token_max_ttl=24h secret_id_ttl=0 secret_id_num_uses=0
  bao write auth/approle/role/volvox/role-id role_id="$VAULT_ROLE_ID"
  # The same secret id can't be registered twice.
  can_log_in || bao write -force auth/approle/role/volvox/custom-secret-id secret_id="$VAULT_SECRET_ID"
  can_log_in
}

can_log_in() {
  bao write auth/approle/login role_id="$VAULT_ROLE_ID" secret_id="$VAULT_SECRET_ID" >/dev/null 2>&1
}

until is sealed false; do unseal; sleep 1; done
until set_up >/dev/null; do say "setting up failed; again in 2 s"; sleep 2; done
touch "$ready"
say "ready"
while :; do
  unseal
  sleep 2 &
  wait $!
done
