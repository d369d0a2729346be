#!/usr/bin/env bash
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The guide's curl commands in a loop. A script also does what the guide does by hand (the sender IDs). It compares nothing:
# it writes everything again, and counts the server's response that a sender ID exists as success.
#
# Standard input has a line for each tenant, with tabs between the words: ccid, API key, client, its secret, user, password,
# and the service of a custom gateway (or - with Kaleyra, cloud with Genesys Cloud CX). Then it has a word
# NAME:NUMBER:ENDPOINT:CXC_ONLY for each sender ID. With Genesys Cloud CX, the first one has the number to buy. The URLs,
# Kaleyra's credentials and those of Genesys Cloud CX are in the environment.
set -euo pipefail

code() {
    sed -n 's/.*"status": *{"code": *\([0-9]*\).*/\1/p'
}

service() {
    curl --silent --show-error --fail --output /dev/null -X POST \
        "$NEXUS_URL/nexus/v3/provisioning/services/$ccid/$1" \
        -H 'Content-Type: application/json' \
        -H "x-api-key: $api_key" \
        -H "x-ccid: $ccid" \
        -d "$2"
}

# Print sender IDs as the sections of a userProperties list.
sections() {
    local item name number endpoint cxc_only separator=
    for item in "$@"; do
        IFS=: read -r name number endpoint cxc_only <<<"$item"
        printf '%s{"key": "chat.%s", "type": "kvlist", "value": [' "$separator" "$name"
        printf '{"key": "%s", "type": "str", "value": "%s"}, ' \
            channelId "$number" channelType sms endpoint "chat.$endpoint" interactionSubtype SMS interactionType Inbound \
            media chat cxcOnly "$cxc_only"
        printf '{"key": "provider", "type": "str", "value": "%s"}]}' "$provider"
        separator=', '
    done
}

while IFS=$'\t' read -r ccid api_key client_id client_secret username password gateway sender_ids; do
    if [[ $gateway == - ]]; then
        provider=mGage
        service mGageSMS "{\"url\": \"$KALEYRA_URL\", \"data\": {},
            \"secret\": {\"username\": \"$KALEYRA_USERNAME\", \"password\": \"$KALEYRA_PASSWORD\"}}"
    elif [[ $gateway == cloud ]]; then
        provider=Portico
        service PurecloudIDP "{\"url\": \"$GC_LOGIN_URL\", \"data\": {},
            \"secret\": {\"clientId\": \"$GC_CLIENT_ID\", \"clientSecret\": \"$GC_CLIENT_SECRET\"}}"
        service PorticoSMS "{\"url\": \"$GC_API_URL\", \"data\": {}, \"secret\": {}}"
        cloud_token=$(curl --silent --show-error --fail -u "$GC_CLIENT_ID:$GC_CLIENT_SECRET" "$GC_LOGIN_URL/oauth/token" \
            -d grant_type=client_credentials | sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p')
        IFS=: read -r _name number _rest <<<"$sender_ids"
        # A number that is bought already is refused.
        curl --silent --show-error --output /dev/null -H "Authorization: Bearer $cloud_token" \
            -H 'Content-Type: application/json' "$GC_API_URL/api/v2/messaging/sms/provisioning/tollfreenumbers/" \
            -d "[{\"tollfreeNumber\": \"$number\", \"moUrl\": \"$NEXUS_URL/nexus/v3/sms/message\",
                \"drUrl\": \"$NEXUS_URL/nexus/v3/sms/receipt\", \"webhookUsername\": \"$ccid\",
                \"webhookPassword\": \"$CLUSTER_API_KEY\"}]"
    else
        provider=Async
        service Async "$gateway"
    fi
    if [[ $gateway == cloud ]]; then
        service SMS '{"url": "N/A", "data": {"tokenProvider": "Purecloud"}, "secret": {}}'
    else
        service SMS "{\"url\": \"N/A\", \"data\": {\"provider\": \"$provider\"}, \"secret\": {}}"
    fi

    token=$(curl --silent --show-error --fail -u "$client_id:$client_secret" "$GWS_AUTH_URL/auth/v3/oauth/token" \
        -d grant_type=password --data-urlencode "username=$username" --data-urlencode "password=$password" |
        sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p')
    bearer="Authorization: Bearer $token"
    until [[ $(curl --silent --show-error -X POST -H "$bearer" \
        "$GWS_URL/provisioning/v3/initialize-provisioning" | code) == 0 ]]; do
        sleep 10
    done
    transactions=$GWS_URL/provisioning/v3/configuration/objects/transactions
    dbid=$(curl --silent --show-error --fail -H "$bearer" "$transactions?name=NexusServices" |
        sed -n 's/.*"DBID": *\([0-9]*\).*/\1/p')
    IFS=$'\t' read -r -a items <<<"$sender_ids"
    answer=$(curl --silent --show-error -X PUT -H "$bearer" -H 'Content-Type: application/json' "$transactions/$dbid" \
        -d "{\"data\": {\"\$class\": \"CfgDeltaTransaction\", \"deltaTransaction\": {\"\$class\": \"CfgTransaction\",
            \"DBID\": $dbid, \"userProperties\": [$(sections "${items[@]}")]}}}")
    case $(code <<<"$answer") in
        0 | 609) ;;
        *)
            echo "$ccid: $answer" >&2
            exit 1
            ;;
    esac
    curl --silent --show-error --fail --output /dev/null -X POST -H "$bearer" "$GWS_URL/provisioning/v3/logout"
done
