{{/* The store servers of an evaluation, as YAML: what differs between them. `kinds`: the stores of Volvox that they hold. */}}
{{- define "volvox.evaluationServers" -}}
etcd:
  kinds: [config, registry]
  port: 2379
  mount: /etcd-data
  env:
    - { name: ETCD_DATA_DIR, value: /etcd-data/member }
    - { name: ETCD_LISTEN_CLIENT_URLS, value: 'http://0.0.0.0:2379' }
    - { name: ETCD_ADVERTISE_CLIENT_URLS, value: 'http://{{ include "volvox.fullname" . }}-etcd:2379' }
    - { name: ETCD_AUTO_COMPACTION_RETENTION, value: 1h }
vault:
  kinds: [vault]
  port: 8200
  mount: /openbao/file
  command: [bao, server, -config=/evaluation/vault.hcl]
  files: true
nats:
  kinds: [broker]
  port: 4222
  mount: /data
  secrets: [{ name: PASSWORD, key: password-nats }]
  args: [-js, -sd, /data, --user, volvox, --pass, $(PASSWORD)]
redis:
  kinds: [cache]
  port: 6379
  mount: /data
  secrets: [{ name: PASSWORD, key: password-redis }]
  args: [redis-server, --save, '', --appendonly, 'no', --maxmemory, 128mb, --maxmemory-policy, allkeys-lru, --requirepass, $(PASSWORD)]
postgres:
  kinds: [sql]
  port: 5432
  mount: /var/lib/postgresql/data
  env:
    - { name: POSTGRES_USER, value: volvox }
    - { name: POSTGRES_DB, value: volvox }
    - { name: PGDATA, value: /var/lib/postgresql/data/pgdata }
  secrets: [{ name: POSTGRES_PASSWORD, key: password-postgres }]
mongodb:
  kinds: [documents]
  port: 27017
  mount: /data/db
  env:
    - { name: MONGO_INITDB_ROOT_USERNAME, value: volvox }
  secrets: [{ name: MONGO_INITDB_ROOT_PASSWORD, key: password-mongodb }]
  args: [mongod, --bind_ip_all, --wiredTigerCacheSizeGB, '0.25']
s3:
  kinds: [blobs]
  port: 7070
  mount: /buckets
  init: [mkdir, -p, /buckets/volvox]
  secrets:
    - { name: ROOT_ACCESS_KEY, key: access-key-id }
    - { name: ROOT_SECRET_KEY, key: secret-access-key }
  args: [--keep-alive, posix, /buckets]
{{- end -}}

{{/* Of every container of an evaluation. */}}
{{- define "volvox.evaluationSecurity" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
{{- end -}}
