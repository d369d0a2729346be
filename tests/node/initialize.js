// Copyright: contributors to cxops.genesys_sms
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Logs in with the vendor's provisioning client, and out again. GWS_URL, GWS_API_KEY and GWS_TOKEN say where and as whom.

const { ProvisioningApi } = require("genesys-provisioning-client-js");

async function main() {
  const { GWS_URL, GWS_API_KEY, GWS_TOKEN } = process.env;
  const client = new ProvisioningApi(GWS_API_KEY, GWS_URL, true);
  await client.initialize({ token: GWS_TOKEN });
  await client.destroy();
}

main().then(
  // It leaves a poll open, which would keep the process alive.
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
