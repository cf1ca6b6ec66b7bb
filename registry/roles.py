"""The database's roles by name. What each may do stands in the migrations; they are made by `cluster.provision_roles`."""

LOGIN_ROLES = {
    "migrate": "registry_owner",
    "web": "registry_web",
    "worker": "registry_worker",
    "stats": "registry_stats",
    "audit": "registry_audit",
}
"""With which somebody connects, by what it is for."""
READER = "registry_reader"
"""What the web role becomes while it reads the record of one person: it sees facts of nobody else. Nobody signs in as it."""
