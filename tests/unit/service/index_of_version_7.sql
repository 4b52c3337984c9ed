-- The index of a photo root that version 7 made: a still in the trash, two in place, three deliveries, a time-lapse.
BEGIN TRANSACTION;
CREATE TABLE baseline (
    sight INTEGER NOT NULL REFERENCES sights (number),
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER,
    taken_at INTEGER
) STRICT;
CREATE TABLE captures (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT UNIQUE,
    phase TEXT NOT NULL,
    directory TEXT NOT NULL,
    record TEXT NOT NULL
, serial TEXT, stem TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "captures" VALUES(1,'bac75ca02e26434296bc7516f04348c4',NULL,'saved','photos','{"id":"bac75ca02e26434296bc7516f04348c4","camera_id":"0123","kind":"still","phase":"saved","session_id":"guest","sequence_number":1,"sequence_id":null,"idempotency_key":null,"bulb_seconds":null,"created_at":"2026-11-29T00:21:02.263337Z","metadata":{"timestamp":"2026-11-29T00:21:02.381296Z","model":"Fake EOS","iso":"100","shutter_speed":"1/60","aperture":"5.6"},"error":null,"error_type":null,"capture_time_ms":424,"attempts":1,"forced_capture":false,"warning":null}','0123','guest_1_1795911662');
INSERT INTO "captures" VALUES(2,'341ad9f9c19d490eb1d0c8e3ed4cf715',NULL,'saved','photos','{"id":"341ad9f9c19d490eb1d0c8e3ed4cf715","camera_id":"0123","kind":"still","phase":"saved","session_id":"guest","sequence_number":2,"sequence_id":null,"idempotency_key":null,"bulb_seconds":null,"created_at":"2026-11-29T00:21:02.716180Z","metadata":{"timestamp":"2026-11-29T00:21:02.776388Z","model":"Fake EOS","iso":"100","shutter_speed":"1/60","aperture":"5.6"},"error":null,"error_type":null,"capture_time_ms":70,"attempts":1,"forced_capture":false,"warning":null}','0123','guest_2_1795911662');
INSERT INTO "captures" VALUES(3,'e7dd3a7cae6f4a4084409e298bb27a56',NULL,'saved','photos','{"id":"e7dd3a7cae6f4a4084409e298bb27a56","camera_id":"0123","kind":"interval","phase":"saved","session_id":"guest","sequence_number":1,"sequence_id":"d2d9394d9bc447b08a600089782ccaa6","idempotency_key":null,"bulb_seconds":null,"created_at":"2026-11-29T00:21:02.947769Z","metadata":{"timestamp":"2026-11-29T00:21:02.953855Z","model":"Fake EOS","iso":"100","shutter_speed":"1/60","aperture":"5.6"},"error":null,"error_type":null,"capture_time_ms":148,"attempts":1,"forced_capture":false,"warning":null}','0123','guest_1_1795911662');
CREATE TABLE deletions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    serial TEXT NOT NULL,
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER,
    taken_at INTEGER
) STRICT;
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    event TEXT NOT NULL,
    capture_id TEXT NOT NULL REFERENCES captures (id),
    first_file INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;
INSERT INTO "deliveries" VALUES(1,'hooks.print','photo.saved','bac75ca02e26434296bc7516f04348c4',1,1795911662);
INSERT INTO "deliveries" VALUES(2,'hooks.print','photo.saved','341ad9f9c19d490eb1d0c8e3ed4cf715',1,1795911662);
INSERT INTO "deliveries" VALUES(3,'hooks.print','photo.saved','e7dd3a7cae6f4a4084409e298bb27a56',1,1795911663);
CREATE TABLE files (
    capture_id TEXT NOT NULL REFERENCES captures (id),
    number INTEGER NOT NULL,
    path TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL, exif TEXT,
    PRIMARY KEY (capture_id, number)
) STRICT;
INSERT INTO "files" VALUES('bac75ca02e26434296bc7516f04348c4',1,'.photonic/trash/bac75ca02e26434296bc7516f04348c4/guest_1_1795911662.jpg',2054,'a26f08e8422feb510861185e67b290432e14bd109811e3982ca07737b5dfc912','image/jpeg',NULL);
INSERT INTO "files" VALUES('bac75ca02e26434296bc7516f04348c4',2,'.photonic/trash/bac75ca02e26434296bc7516f04348c4/guest_1_1795911662.cr2',7,'228de43290f96505dd456bb488538369218b23a2c672e13a5456c0673792ac8e','image/x-canon-cr2',NULL);
INSERT INTO "files" VALUES('341ad9f9c19d490eb1d0c8e3ed4cf715',1,'photos/guest_2_1795911662.jpg',2054,'a26f08e8422feb510861185e67b290432e14bd109811e3982ca07737b5dfc912','image/jpeg',NULL);
INSERT INTO "files" VALUES('341ad9f9c19d490eb1d0c8e3ed4cf715',2,'photos/guest_2_1795911662.cr2',7,'228de43290f96505dd456bb488538369218b23a2c672e13a5456c0673792ac8e','image/x-canon-cr2',NULL);
INSERT INTO "files" VALUES('e7dd3a7cae6f4a4084409e298bb27a56',1,'photos/guest_1_1795911662.jpg',2054,'a26f08e8422feb510861185e67b290432e14bd109811e3982ca07737b5dfc912','image/jpeg',NULL);
INSERT INTO "files" VALUES('e7dd3a7cae6f4a4084409e298bb27a56',2,'photos/guest_1_1795911662.cr2',7,'228de43290f96505dd456bb488538369218b23a2c672e13a5456c0673792ac8e','image/x-canon-cr2',NULL);
CREATE TABLE objects (
    serial TEXT,
    folder TEXT,
    name TEXT NOT NULL,
    stem TEXT NOT NULL,
    size_bytes INTEGER,
    taken_at INTEGER,
    sha256 TEXT NOT NULL,
    capture_id TEXT NOT NULL REFERENCES captures (id),
    sight INTEGER REFERENCES sights (number),
    removed INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "objects" VALUES('0123','/store_00010001/DCIM/100FAKE','IMG_0001.JPG','IMG_0001',2054,1750000001,'a26f08e8422feb510861185e67b290432e14bd109811e3982ca07737b5dfc912','bac75ca02e26434296bc7516f04348c4',1,0);
INSERT INTO "objects" VALUES('0123','/store_00010001/DCIM/100FAKE','IMG_0001.CR2','IMG_0001',7,1750000001,'228de43290f96505dd456bb488538369218b23a2c672e13a5456c0673792ac8e','bac75ca02e26434296bc7516f04348c4',1,0);
INSERT INTO "objects" VALUES('0123','/store_00010001/DCIM/100FAKE','IMG_0001.JPG','IMG_0001',2054,1750000002,'a26f08e8422feb510861185e67b290432e14bd109811e3982ca07737b5dfc912','341ad9f9c19d490eb1d0c8e3ed4cf715',1,0);
INSERT INTO "objects" VALUES('0123','/store_00010001/DCIM/100FAKE','IMG_0001.CR2','IMG_0001',7,1750000002,'228de43290f96505dd456bb488538369218b23a2c672e13a5456c0673792ac8e','341ad9f9c19d490eb1d0c8e3ed4cf715',1,0);
INSERT INTO "objects" VALUES('0123','/store_00010001/DCIM/100FAKE','IMG_0001.JPG','IMG_0001',2054,1750000003,'a26f08e8422feb510861185e67b290432e14bd109811e3982ca07737b5dfc912','e7dd3a7cae6f4a4084409e298bb27a56',1,0);
INSERT INTO "objects" VALUES('0123','/store_00010001/DCIM/100FAKE','IMG_0001.CR2','IMG_0001',7,1750000003,'228de43290f96505dd456bb488538369218b23a2c672e13a5456c0673792ac8e','e7dd3a7cae6f4a4084409e298bb27a56',1,0);
CREATE TABLE owed (
    capture_id TEXT PRIMARY KEY REFERENCES captures (id),
    serial TEXT,
    since INTEGER NOT NULL
) STRICT;
CREATE TABLE sequence_frames (
    sequence_id TEXT NOT NULL REFERENCES sequences (id),
    number INTEGER NOT NULL,
    capture_id TEXT REFERENCES captures (id),
    late_us INTEGER NOT NULL,
    error TEXT,
    error_type TEXT,
    PRIMARY KEY (sequence_id, number)
) STRICT;
INSERT INTO "sequence_frames" VALUES('d2d9394d9bc447b08a600089782ccaa6',1,'e7dd3a7cae6f4a4084409e298bb27a56',27623,NULL,NULL);
CREATE TABLE sequence_gaps (
    sequence_id TEXT NOT NULL REFERENCES sequences (id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (sequence_id, first)
) STRICT;
CREATE TABLE sequences (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT UNIQUE,
    phase TEXT NOT NULL,
    request TEXT NOT NULL,
    record TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    machine_boot TEXT NOT NULL
) STRICT;
INSERT INTO "sequences" VALUES(1,'d2d9394d9bc447b08a600089782ccaa6',NULL,'countdown','{"kind":"interval","session_id":"guest","sequence_number":1,"output_directory":"./photos","retry_without_autofocus":null,"count":100,"interval_seconds":60.0,"delay_seconds":null,"start_at":null,"end_at":null,"allow_misses":false,"stops":null,"vary":null,"focus_start":null,"focus_end":null,"focus_size":null}','{"id":"d2d9394d9bc447b08a600089782ccaa6","camera_id":"0123","kind":"interval","phase":"countdown","session_id":"guest","sequence_number":1,"total":100,"saved":0,"failed":0,"missed":0,"interval_seconds":60.0,"steps":[],"focus_steps":[],"created_at":"2026-11-29T00:21:02.803727Z","starts_at":"2026-11-29T00:21:02.903727Z","ended_at":null,"idempotency_key":null,"error":null,"error_type":null,"warning":null}',3717904803,'b57bbf4e-a3d1-4505-99c5-fa5bed7509d1');
CREATE TABLE sights (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    serial TEXT NOT NULL,
    card TEXT NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
INSERT INTO "sights" VALUES(1,'0123','fake',1795911662);
CREATE TABLE staged (
    capture_id TEXT NOT NULL REFERENCES captures (id),
    name TEXT NOT NULL,
    camera_name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, serial TEXT, folder TEXT, taken_at INTEGER,
    PRIMARY KEY (capture_id, name)
) STRICT;
CREATE TABLE trash (
    capture_id TEXT PRIMARY KEY REFERENCES captures (id),
    parent TEXT NOT NULL,
    deleted_at INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "trash" VALUES('bac75ca02e26434296bc7516f04348c4','photos',1795911662,0);
CREATE INDEX captures_by_phase ON captures (phase);
CREATE INDEX sights_by_card ON sights (serial, card);
CREATE INDEX baseline_by_sight ON baseline (sight);
CREATE INDEX objects_by_stem ON objects (stem);
CREATE INDEX objects_by_serial ON objects (serial);
CREATE INDEX deliveries_by_target ON deliveries (target);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('sights',1);
INSERT INTO "sqlite_sequence" VALUES('captures',3);
INSERT INTO "sqlite_sequence" VALUES('deliveries',3);
INSERT INTO "sqlite_sequence" VALUES('sequences',1);
COMMIT;
PRAGMA user_version = 7;
