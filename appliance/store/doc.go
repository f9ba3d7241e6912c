// SPDX-License-Identifier: Apache-2.0

// Package store opens a SQLite database the way every database of the
// appliance is opened, and runs transactions on it.
//
// It decides, once for all: write-ahead log, synchronous=FULL (what was
// acknowledged survives a power cut), foreign keys, one writer whose
// transactions begin IMMEDIATE, a few pooled readers that cannot write, small
// page caches, and forward-only migrations that copy the database first.
//
// It knows no tables. A package that keeps rows owns its DDL and exports it as
// Schema1; who opens a database lists them (appliance/base/schema).
package store
