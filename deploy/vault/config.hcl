# OpenBao (or Vault) of compose.yaml. Plain HTTP, since only the internal network reaches it; give a listener of your own certificates.
storage "raft" {
  path    = "/openbao/file"
  node_id = "vault"
}

listener "tcp" {
  address     = "0.0.0.0:8200"
  tls_disable = true
}

api_addr     = "http://vault:8200"
cluster_addr = "http://vault:8201"
