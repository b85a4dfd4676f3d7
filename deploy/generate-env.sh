#!/bin/sh
# Writes deploy/.env for compose.yaml with fresh random secrets; keeps one that is there.
# usage: ./generate-env.sh [postgres|mariadb] [https://files.example.org]
set -eu
cd "$(dirname "$0")"
sql=${1:-postgres}
url=${2:-https://localhost}
case $sql in
  postgres) scheme=postgres port=5432 ;;
  mariadb) scheme=mysql port=3306 ;;
  *) echo "usage: $0 [postgres|mariadb] [https://files.example.org]" >&2; exit 2 ;;
esac
case $url in
  https://*/* | https:// | [!h]* ) echo "the address must be https://host[:port]" >&2; exit 2 ;;
esac
if [ -e .env ]; then echo ".env is there already: it holds the secrets of your volumes; move it away first" >&2; exit 1; fi

# Letters and digits only, a letter first: needs no escaping in a URL, and no configuration takes it for a number.
secret() { printf s; od -An -N24 -tx1 /dev/urandom | tr -d " \n"; }

umask 077
sql_password=$(secret)
sed \
  -e "s|^COMPOSE_PROFILES=.*|COMPOSE_PROFILES=$sql|" \
  -e "s|^PUBLIC_URL=.*|PUBLIC_URL=$url|" \
  -e "s|^SQL_PASSWORD=.*|SQL_PASSWORD=$sql_password|" \
  -e "s|^SQL_URL=.*|SQL_URL=$scheme://volvox:$sql_password@$sql:$port/volvox|" \
  .env.example |
  while IFS= read -r line; do
    case $line in
      *=replace-me) printf '%s=%s\n' "${line%%=*}" "$(secret)" ;;
      *) printf '%s\n' "$line" ;;
    esac
  done >.env
echo "written: $(pwd)/.env (mode 0600). Administrator: $(sed -n 's/^ADMIN_LOGIN=//p' .env), password: ADMIN_PASSWORD in that file"
