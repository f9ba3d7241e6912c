// SPDX-License-Identifier: Apache-2.0

// Package strictjson decodes the JSON of requests. It refuses what two readers
// could understand in two ways, or what takes more to read than to send:
// unknown names, names that are there twice in whichever case, bytes that are
// not UTF-8, documents that nest deeply, and anything after the document.
//
// What does not live here: how long a document may be, which the gate decides,
// and what its fields may hold.
package strictjson
