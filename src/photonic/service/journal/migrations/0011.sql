-- staged.in_ram: 1 if the camera has no copy of the file. An identity may lack the folder for another reason: nobody
-- reported the file before its camera process ended.
ALTER TABLE staged ADD COLUMN in_ram INTEGER NOT NULL DEFAULT 0;
UPDATE staged SET in_ram = 1 WHERE folder IS NULL;
