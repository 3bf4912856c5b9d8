//! What SQLite's errors mean for the user.

use rusqlite::ErrorCode;

use super::boundary::StoreError;

/// Whether the file itself is broken, not the attempt to use it.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, text) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => true,
            // A table is missing although the version says that it is there.
            ErrorCode::Unknown => text.as_deref().is_some_and(|text| text.starts_with("no such")),
            _ => false,
        },
        rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..) => true,
        _ => false,
    }
}

/// The error as the user is told of it.
pub(super) fn explain(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::DiskFull,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Unwritable("another program keeps it locked".into())
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StoreError::Unwritable("it is read-only".into())
        }
        Some(ErrorCode::SystemIoFailure) => StoreError::Unwritable("the disk reports an error".into()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Unwritable("it is damaged".into()),
        Some(_) | None => StoreError::Unwritable("SQLite refuses".into()),
    }
}
