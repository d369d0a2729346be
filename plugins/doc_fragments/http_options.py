# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of every module that talks HTTP."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
# Written by make format, from the options in plugins/module_utils.
options:
  validate_certs:
    description:
      - Whether the certificates of https servers are verified.
      - Turn it off only on a machine of your own, for a test.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates of the trusted authorities, in PEM format.
      - By default, the authorities of the C(requests) library of the machine are trusted.
    type: path
  client_cert:
    description: File with a client certificate in PEM format, alone or together with its key.
    type: path
  client_key:
    description: File with the key of O(client_cert) in PEM format, without a passphrase.
    type: path
  timeout:
    description: Seconds to wait for a connection, and for each part of a response.
    type: float
    default: 30
  retries:
    description:
      - How often a request is repeated after a transient error. 100 at most. The pauses between the requests grow, or
        are as long as the server asks for.
      - A write is repeated only if it certainly had no effect. Otherwise the module reads the state first.
    type: int
    default: 4
  time_limit:
    description:
      - Seconds that one request may take, with all its retries and pauses, however slowly the server answers.
      - Only the lookup of a host name, and a host with many addresses, can take longer.
    type: float
    default: 120
requirements:
  - requests (Python library) on the controller, or on the host that runs the module where the connection is not local
"""
