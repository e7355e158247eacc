//! Uploads: each file once per account, found again by its name.

use adplane_core::address::Platform;
use adplane_core::asset::AssetRef;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use serde_json::Value as Json;

use super::Writer;
use crate::tiktok::calls::{self, Medium};
use crate::tiktok::errors;
use crate::tiktok::read;
use crate::tiktok::wire;

/// The vendor's ids of references, uploading what it does not have.
///
/// # Errors
/// When a file cannot be read or is refused.
pub(crate) async fn ids(
    writer: &Writer<'_>,
    medium: Medium,
    references: &[String],
) -> Result<Vec<String>, PlatformError> {
    let mut ids = Vec::with_capacity(references.len());
    for reference in references {
        let id = match AssetRef::parse(reference) {
            Some(AssetRef::Id(id)) => id.to_string(),
            Some(AssetRef::Digest(digest)) => uploaded(writer, medium, &digest).await?,
            Some(AssetRef::YouTube(_)) | None => {
                return Err(failed(medium, format!("`{reference}` is nothing TikTok can show")));
            }
        };
        ids.push(id);
    }
    Ok(ids)
}

/// The id of a file by digest; one upload even when many ads ask for it at the same time.
async fn uploaded(writer: &Writer<'_>, medium: Medium, digest: &str) -> Result<String, PlatformError> {
    let slot = writer.memory.upload(medium, digest);
    slot.get_or_try_init(|| upload(writer, medium, digest)).await.cloned()
}

async fn upload(writer: &Writer<'_>, medium: Medium, digest: &str) -> Result<String, PlatformError> {
    let bytes = writer.assets.read(digest).await.map_err(|because| failed(medium, because))?;
    let extension = writer.assets.describe(digest).map_or_else(|| "bin".to_owned(), |asset| asset.extension);
    let name = read::file_name(digest, &extension);
    let call = calls::upload(&writer.session.config, medium, &name, bytes);
    match writer.session.send(&call).await {
        Ok(data) => id(&data, medium).ok_or_else(|| failed(medium, "the answer names no id".to_owned())),
        // Somebody uploaded it before, or our first answer was lost: it is found by its name.
        Err(error) if error.code.as_deref() == Some(errors::DUPLICATE_FILE) => {
            read::find_upload(writer.session, medium, digest).await?.ok_or(error)
        }
        Err(error) => Err(error),
    }
}

/// The id in an answer: images answer with an object, videos with a list of one.
fn id(data: &Json, medium: Medium) -> Option<String> {
    let row = data.as_array().map_or(Some(data), |rows| rows.first())?;
    wire::text(row.as_object()?, medium.id_member())
}

fn failed(medium: Medium, message: String) -> PlatformError {
    let path = match medium {
        Medium::Image => "creative.images",
        Medium::Video => "creative.videos",
    };
    PlatformError::new(ErrorKind::Invalid, Retry::Never, Platform::TikTok, "upload", message)
        .field(path.into())
}

/// The portfolio that holds a call to action, made once per account.
///
/// # Errors
/// When it cannot be made.
pub(crate) async fn portfolio(writer: &Writer<'_>, word: &str) -> Result<String, PlatformError> {
    let slot = writer.memory.portfolio(word);
    let make = || async {
        if let Some(id) = read::find_portfolio(writer.session, word).await? {
            return Ok(id);
        }
        let call = calls::create_call_to_action(&writer.session.config, word);
        let data = writer.session.object(&call).await?;
        wire::text(&data, "creative_portfolio_id").ok_or_else(|| {
            PlatformError::unexpected(Platform::TikTok, call.operation, "the answer names no portfolio")
        })
    };
    slot.get_or_try_init(make).await.cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn videos_answer_with_a_list() {
        assert_eq!(id(&json!({"image_id": "a/b"}), Medium::Image).as_deref(), Some("a/b"));
        assert_eq!(id(&json!([{"video_id": "v1"}]), Medium::Video).as_deref(), Some("v1"));
        assert_eq!(id(&json!([]), Medium::Video), None);
    }
}
