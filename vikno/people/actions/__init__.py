"""The verbs of people: the only place that writes persons, identities, organisations and contracts."""

from vikno.people.actions.blocking import block_domain, unblock_domain
from vikno.people.actions.custom import set_value
from vikno.people.actions.identifying import add_identity, identify
from vikno.people.actions.identities import (
    block_identity,
    mark_failed,
    mark_working,
    prefer_identity,
    prefer_none,
    remove_identity,
    take_back_word,
    unblock_identity,
    verify_identity,
)
from vikno.people.actions.joining import NotJoinable, join, unjoin
from vikno.people.actions.organisations import (
    add_contract,
    add_domain,
    change_contract,
    create_organisation,
    drop_organisation,
    remove_contract,
    remove_domain,
    rename_organisation,
)
from vikno.people.actions.persons import create_person, give_login, rename, set_language, set_organisation

__all__ = [
    "NotJoinable",
    "add_contract",
    "add_domain",
    "add_identity",
    "block_domain",
    "block_identity",
    "change_contract",
    "create_organisation",
    "create_person",
    "drop_organisation",
    "give_login",
    "identify",
    "join",
    "mark_failed",
    "mark_working",
    "prefer_identity",
    "prefer_none",
    "remove_contract",
    "remove_domain",
    "remove_identity",
    "rename",
    "rename_organisation",
    "set_language",
    "set_organisation",
    "set_value",
    "take_back_word",
    "unblock_domain",
    "unblock_identity",
    "unjoin",
    "verify_identity",
]
