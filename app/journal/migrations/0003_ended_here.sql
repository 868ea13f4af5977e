-- Whether a person ended the account's sign-in here: nobody is asked for one that they gave up themselves.
ALTER TABLE accounts ADD COLUMN ended_here INTEGER NOT NULL DEFAULT 0;
