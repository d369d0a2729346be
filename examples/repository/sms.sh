#!/usr/bin/env bash
# One job of a pipeline. All pipelines of the examples run it, and you can run it by hand:
#
#   bash sms.sh lint  ENVIRONMENT   checks the files, and the tenants of the inventory. Calls no server.
#   bash sms.sh check ENVIRONMENT   shows what apply would change. Changes nothing.
#   bash sms.sh apply ENVIRONMENT   changes the servers.
#   bash sms.sh verify ENVIRONMENT  proves that what the inventory says is live, and works. Changes nothing.
#   bash sms.sh drift ENVIRONMENT   as check, but ends with status 10 if apply would change something.
#
# ENVIRONMENT is a directory in inventories. Further arguments go to ansible-playbook, such as --limit acme. The output is also in
# reports/JOB-ENVIRONMENT.txt, and its summary in reports/JOB-ENVIRONMENT.json. verify writes reports/checks-ENVIRONMENT.json too. If VAULT_PASSWORD is set, it is the password of the vaulted
# files of this environment.
set -euo pipefail
# Nobody can answer a prompt.
exec </dev/null

case ${1:-} in
  lint | check | apply | verify | drift) ;;
  *)
    echo "${1:-}: unknown job. Use lint, check, apply, verify or drift." >&2
    exit 5
    ;;
esac
if [ $# -lt 2 ] || [ ! -d "inventories/$2" ]; then
  echo "Usage: bash sms.sh lint|check|apply|verify|drift ENVIRONMENT [OPTION...], in the directory that has inventories/ENVIRONMENT" >&2
  exit 5
fi
job=$1 environment=$2
shift 2

# All other files go to a directory of this job: a runner may have a read-only checkout, no HOME, or one that other jobs use too.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="${HOME:-$work}" ANSIBLE_HOME="$work/ansible" ANSIBLE_COLLECTIONS_PATH="$work/collections"
if [ -n "${VAULT_PASSWORD:-}" ]; then
  export ANSIBLE_VAULT_PASSWORD_FILE="$PWD/vault-password.sh"
fi

python3 -m venv "$work/venv"
PATH="$work/venv/bin:$PATH"
pip install --quiet --no-cache-dir --disable-pip-version-check --requirement requirements.txt
ansible-galaxy collection install --requirements-file collections/requirements.yml

# ansible.cfg enables the summary.
export GENESYS_SMS_SUMMARY_FILE="$PWD/reports/$job-$environment.json"
mkdir -p reports
rm -f "$GENESYS_SMS_SUMMARY_FILE"

play() {
  ansible-playbook --inventory "inventories/$environment" "cxops.genesys_sms.$1" "${@:2}" 2>&1 | tee "reports/$job-$environment.txt"
}

case $job in
  lint)
    ansible-lint --offline
    play provision --tags validate "$@"
    ;;
  check)
    play provision --check --diff "$@"
    ;;
  apply)
    play provision --diff "$@"
    ;;
  verify)
    play verify --extra-vars "verify_file=$PWD/reports/checks-$environment.json" "$@"
    ;;
  drift)
    status=0
    play provision --check --diff "$@" || status=$?
    changes=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["totals"].get("would_change", 0))' "$GENESYS_SMS_SUMMARY_FILE")
    if [ "$changes" != 0 ]; then
      echo "Drift: apply would change $changes of the tenants of $environment." >&2
      [ "$status" != 0 ] || status=10
    fi
    exit "$status"
    ;;
esac
