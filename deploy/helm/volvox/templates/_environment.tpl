{{/* The variables of a node: store URLs and credentials, each from a value or a secret. */}}
{{- define "volvox.environment" -}}
{{- $evaluation := printf "%s-evaluation" (include "volvox.fullname" .) -}}
- name: VOLVOX_LISTEN
  value: 0.0.0.0:8080
- name: VOLVOX_DATA
  value: /data
- name: VOLVOX_LOG_FORMAT
  value: json
- name: VOLVOX_LOG_LEVEL
  value: {{ .Values.log.level }}
- name: VOLVOX_NODE_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- with .Values.publicUrl }}
- name: VOLVOX_URL
  value: {{ . | quote }}
{{- end }}
{{- with .Values.trustProxy }}
- name: VOLVOX_TRUST_PROXY
  value: {{ . | quote }}
{{- end }}
{{- range $kind := list "config" "vault" "registry" "broker" "cache" "sql" "documents" "blobs" }}
{{- $store := index $.Values.stores $kind }}
{{- if $store.url }}
- name: VOLVOX_{{ upper $kind }}
  value: {{ $store.url | quote }}
{{- else if $store.existingSecret }}
- name: VOLVOX_{{ upper $kind }}
  valueFrom:
    secretKeyRef:
      name: {{ $store.existingSecret }}
      key: {{ $store.key }}
{{- else if $.Values.evaluation.enabled }}
- name: VOLVOX_{{ upper $kind }}
  valueFrom:
    secretKeyRef:
      name: {{ $evaluation }}
      key: url-{{ $kind }}
{{- else if has $kind (list "config" "vault") }}
{{- fail (printf "stores.%s needs a url or an existingSecret (or set evaluation.enabled=true to try Volvox out)" $kind) }}
{{- end }}
{{- end }}
{{- $vaultSecret := .Values.vaultCredentials.existingSecret }}
{{- if and (not $vaultSecret) (include "volvox.bundled" (list . "vault")) }}
{{- $vaultSecret = $evaluation }}
{{- end }}
{{- if not $vaultSecret }}
{{- fail "vaultCredentials.existingSecret is needed: a secret with role-id and secret-id, or with token" }}
{{- else if eq .Values.vaultCredentials.method "token" }}
- name: VAULT_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ $vaultSecret }}
      key: token
{{- else }}
- name: VAULT_ROLE_ID
  valueFrom:
    secretKeyRef:
      name: {{ $vaultSecret }}
      key: role-id
- name: VAULT_SECRET_ID
  valueFrom:
    secretKeyRef:
      name: {{ $vaultSecret }}
      key: secret-id
{{- end }}
{{- $s3Secret := .Values.s3Credentials.existingSecret }}
{{- if and (not $s3Secret) (include "volvox.bundled" (list . "blobs")) }}
{{- $s3Secret = $evaluation }}
{{- end }}
{{- if $s3Secret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef:
      name: {{ $s3Secret }}
      key: access-key-id
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef:
      name: {{ $s3Secret }}
      key: secret-access-key
{{- end }}
{{- with .Values.admin.existingSecret }}
- name: VOLVOX_ADMIN_LOGIN
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: login
- name: VOLVOX_ADMIN_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: password
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
